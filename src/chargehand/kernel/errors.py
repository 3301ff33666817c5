"""The one way in which an action says no: a code for machines and a sentence for people."""


class Refused(Exception):  # noqa: N818 -- the word of the house: an action refuses, nothing broke
    """An action was refused.

    `code` is stable, kebab-case, for machines (`station-offline`); `sentence` is what a person reads:
    state, cause and next step.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
