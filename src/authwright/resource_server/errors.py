"""What is raised when an API is set up wrongly: at start-up, for the one who can change it."""


class ConfigurationError(ValueError):
    """
    A setting that would make the protection weak, or meaningless.

    *setting* is its name. *detail* says what is wrong with it and what to write instead; it is a constant
    sentence and never holds the value.
    """

    def __init__(self, setting: str, detail: str) -> None:
        super().__init__(f"{setting}: {detail}")
        self.setting = setting
        self.detail = detail
