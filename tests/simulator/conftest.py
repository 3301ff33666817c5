import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.patience import PATIENCE_S
from tests.simulator.csms import Csms

Story = Callable[[Csms], Coroutine[Any, Any, None]]


@pytest.fixture
def tell() -> Callable[[Story], None]:
    """Run a story against a fresh CSMS, and see that no message broke a schema."""

    def run(story: Story) -> None:
        async def whole() -> None:
            csms = Csms()
            await csms.start()
            try:
                await asyncio.wait_for(story(csms), PATIENCE_S)
            finally:
                await csms.stop()
            assert csms.violations == []

        asyncio.run(whole())

    return run
