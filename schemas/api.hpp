#pragma once

// The client API as values: what schemas/api.capnp says on the wire. Codecs: schemas/codec/api_codec.hpp.
// Divided by who speaks; this header is all of it.

#include "schemas/api_answers.hpp"
#include "schemas/api_queries.hpp"
