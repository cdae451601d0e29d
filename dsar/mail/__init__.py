"""Requests that come by e-mail: read, proposed, and accepted by a person."""
