// Going on where a killed server stopped.
#pragma once

// Makes the views again from what was written down, closes what nobody needs, starts the pool, and has the kernel send
// again what was not answered. No other thread runs before. Throws Failure.
void take_over();
