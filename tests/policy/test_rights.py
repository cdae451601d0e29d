"""Which right reaches which basis: the mapping of DPV 2.3, and what it leaves out."""

import pytest

from governance.policy.rights import Override, reach
from governance.policy.vocabulary import LawfulBasis, Right

# legal_basis_rights_mapping.csv of DPV 2.3, by article; 13 and 14 are duties of ours.
MAPPING = {
    "consent": {"15", "16", "17", "18", "20", "22", "7(3)"},
    "contract": {"15", "16", "17", "18", "20", "22"},
    "legal_obligation": {"15", "16", "18"},
    "vital_interest": {"15", "16", "17", "18", "22"},
    "public_task": {"15", "16", "18", "21", "22"},
    "legitimate_interest": {"15", "16", "17", "18", "21", "22"},
}
ARTICLES = {
    Right.ACCESS: "15", Right.RECTIFICATION: "16", Right.ERASURE: "17", Right.RESTRICTION: "18",
    Right.PORTABILITY: "20", Right.OBJECTION: "21", Right.HUMAN_REVIEW: "22",
    Right.WITHDRAWAL: "7(3)",
}  # fmt: skip


@pytest.mark.parametrize("basis", LawfulBasis)
def test_the_defaults_are_those_of_the_mapping(basis: LawfulBasis) -> None:
    found = {
        article
        for right, article in ARTICLES.items()
        if reach(right, basis, decides_alone=True).reaches
    }
    assert found == MAPPING[basis]


@pytest.mark.parametrize("basis", LawfulBasis)
def test_marketing_is_objected_to_whatever_its_basis(basis: LawfulBasis) -> None:
    assert reach(Right.OBJECTION, basis, is_marketing=True).article == "21(2)"
    for right in (Right.COMPLAINT, Right.QUESTION):
        assert reach(right, basis).reaches


def test_a_no_names_its_article_and_an_override_belongs_to_its_right() -> None:
    law = LawfulBasis.LEGAL_OBLIGATION
    for right, article in ((Right.ERASURE, "17(3)(b)"), (Right.PORTABILITY, "20(1)(a)")):
        assert reach(right, law) == reach(right, law, override=None)
        assert (reach(right, law).reaches, reach(right, law).article) == (False, article)
    assert reach(Right.ERASURE, law, override=Override.UNLAWFUL).article == "17(1)(d)"
    assert reach(Right.PORTABILITY, law, override=Override.NO_LAW).reaches
    assert not reach(Right.PORTABILITY, law, override=Override.UNLAWFUL).reaches
    assert not reach(Right.WITHDRAWAL, law, override=Override.NO_LAW).reaches
    assert not reach(Right.HUMAN_REVIEW, LawfulBasis.CONSENT).reaches
