"""What happened between the button and the tokens."""

from typing import Final

from authwright.demo.web.chapter import Chapter, result_of

CHAPTER: Final = Chapter("flow", "What just happened", result_of("flow"))
