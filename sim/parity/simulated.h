/* sim/parity/simulated.h - scripts played in the simulated world. */
#pragma once

#include "sim/parity/play.h"

extern const ParityWorldOps parity_simulated_world;
