// The ops of a chain, read from their text: a line for each,
//
//   MosloraRmsNorm|T=1;Y=14;low=1;eps=0.00001|f0 f1|. -
//
// with its name, its settings (types by TensorFlow's numbers), its inputs and what becomes of its outputs. An input is one of the chain's
// (f0: the first of `floats`; h, w, b, i, s: of `halves`, `words`, `bytes`, `ints`, `scalars`), or c2.1, output 1 of link 2. An output is one
// of the chain's (f0, h0, i0), or . for one that at most other links read.
#pragma once
#include <deque>

#include "core/op.h"

namespace moslora {

// Where an input comes from, or an output goes.
struct Place {
  int link = -1;  // whose output it is; below 0: the chain's own
  int index = 0;
};

struct Link {
  Attributes attributes;
  std::vector<Place> inputs;
  std::vector<TF_DataType> input_types, output_types;
  std::vector<int> outputs;  // the chain's output that each is, or -1
  std::vector<Place> spent;  // outputs of links, this one's included, that none reads after it
};

// Counts of the chain's inputs and outputs, by kind.
struct ChainSizes {
  int64_t floats, halves, words, bytes, ints, scalars, floats_out, halves_out, ints_out;
};

// Throws a Refusal where the text is not one of links that can be run in turn: all names, settings, places and types are looked at.
std::deque<Link> read_links(const std::string& text, const ChainSizes& sizes);

}  // namespace moslora
