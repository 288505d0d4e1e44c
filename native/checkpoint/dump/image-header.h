// The header of an image: where it was made, so that a machine it can't live on refuses it.
#pragma once
#include "shared/image.h"

image_header new_header(); // everything but sizes and counts
