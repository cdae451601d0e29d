"""The state machine of cases, as a table: every state and act, what follows or what is refused."""

import pytest

from governance.policy import cases
from governance.policy.cases import CaseAct, CaseState, CaseStateError

NEW, OPEN, WAITING, SOLVED = CaseState
TABLE = {
    #         TAKE     ASK      RESUME  SOLVE    REOPEN
    NEW: (OPEN, WAITING, None, SOLVED, None),
    OPEN: (OPEN, WAITING, None, SOLVED, None),
    WAITING: (WAITING, None, OPEN, SOLVED, None),
    SOLVED: (None, None, None, None, OPEN),
}


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("act", CaseAct)
def test_where_a_case_stands_after_an_act(state: CaseState, act: CaseAct) -> None:
    follows = TABLE[state][list(CaseAct).index(act)]
    assert (act in cases.possible(state)) == (follows is not None)
    if follows is None:
        with pytest.raises(CaseStateError):
            cases.after(state, act)
    else:
        assert cases.after(state, act) == follows
