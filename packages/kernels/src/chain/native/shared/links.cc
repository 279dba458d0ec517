#include "links.h"

#include <sstream>

namespace moslora {
namespace {

std::vector<std::string> parts(const std::string& text, char between) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, between);)
    if (!part.empty()) all.push_back(part);
  return all;
}

// All of the text as a number, by std::stoll or std::stod.
template <class Read>
auto number(const std::string& text, const char* what, const Read& read) {
  size_t end = 0;
  decltype(read(text, &end)) value = 0;
  try {
    value = read(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  require(end > 0 && end == text.size(), "'" + text + "' is no " + what);
  return value;
}

int64_t whole(const std::string& text) {
  return number(text, "whole number", [](const std::string& t, size_t* end) { return std::stoll(t, end); });
}

double real(const std::string& text) {
  return number(text, "number", [](const std::string& t, size_t* end) { return std::stod(t, end); });
}

// "x: N * T" → {"x", "N * T"}
std::pair<std::string, std::string> spelled(const std::string& spec) {
  const size_t colon = spec.find(':');
  return {spec.substr(0, colon), spec.substr(spec.find_first_not_of(' ', colon + 1))};
}

bool begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

TF_DataType type_of(const std::string& name) {
  if (name == "float") return TF_FLOAT;
  if (name == "bfloat16") return TF_BFLOAT16;
  if (name == "int32") return TF_INT32;
  if (name == "uint8") return TF_UINT8;
  if (name == "uint16") return TF_UINT16;
  throw Refusal("no link can have arrays of " + name);
}

using Types = std::map<std::string, TF_DataType>;

// Settings as the signature declares them. `kind`: "{float, bfloat16}", "int >= 0", "list(int)", "float", "bool".
void read_setting(const std::string& name, const std::string& kind, const std::string& value, Attributes& attributes, Types& types) {
  if (begins(kind, "{")) {
    for (std::string one : parts(kind.substr(1, kind.find('}') - 1), ',')) {
      one.erase(0, one.find_first_not_of(' '));
      if (whole(value) == type_of(one)) types[name] = type_of(one);
    }
    require(types.count(name) == 1, name + " is the type " + value + ", expected one of " + kind);
  } else if (begins(kind, "float")) {
    attributes.reals[name] = static_cast<float>(real(value));
  } else if (begins(kind, "list(int)")) {
    attributes.integers[name] = {};
    for (const std::string& one : parts(value, ',')) attributes.integers[name].push_back(whole(one));
  } else {
    require(begins(kind, "int") || begins(kind, "bool"), "no link can have the setting " + name + ": " + kind);
    const int64_t least = kind.find(">=") == std::string::npos ? INT64_MIN : whole(kind.substr(kind.find(">=") + 3));
    require(whole(value) >= least, name + " is " + value + ", expected at least " + std::to_string(least));
    attributes.integers[name] = {whole(value)};
  }
}

void read_settings(const std::string& text, Attributes& attributes, Types& types) {
  std::map<std::string, std::string> given;
  for (const std::string& setting : parts(text, ';')) {
    const size_t equals = setting.find('=');
    require(equals != std::string::npos, "'" + setting + "' is no setting");
    given[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  for (const char* spec : attributes.op->signature.attributes) {
    const auto [name, kind] = spelled(spec);
    require(given.count(name) == 1, "the setting " + name + " is missing");
    read_setting(name, kind, given[name], attributes, types);
  }
}

// The types of the arrays that `specs` declare: "x: T", "weights: N * float".
std::vector<TF_DataType> types_of(const std::vector<const char*>& specs, const Attributes& attributes, const Types& types) {
  constexpr int64_t kMost = 1 << 16;
  std::vector<TF_DataType> all;
  for (const char* spec : specs) {
    const std::string kind = spelled(spec).second;
    const size_t times = kind.find(" * ");
    const std::string name = times == std::string::npos ? kind : kind.substr(times + 3);
    const int64_t count = times == std::string::npos ? 1 : attributes.integers.at(kind.substr(0, times)).at(0);
    require(count >= 0 && count <= kMost, std::to_string(count) + " arrays");
    const auto found = types.find(name);
    all.insert(all.end(), static_cast<size_t>(count), found == types.end() ? type_of(name) : found->second);
  }
  return all;
}

struct Kind {
  char letter;
  int64_t count;
  TF_DataType type;
};

class Reader {
 public:
  Reader(const ChainSizes& s)
      : given_{{'f', s.floats, TF_FLOAT}, {'h', s.halves, TF_BFLOAT16}, {'w', s.words, TF_UINT16},
               {'b', s.bytes, TF_UINT8},  {'i', s.ints, TF_INT32},      {'s', s.scalars, TF_INT32}},
        made_{{'f', s.floats_out, TF_FLOAT}, {'h', s.halves_out, TF_BFLOAT16}, {'i', s.ints_out, TF_INT32}} {}

  void read(const std::string& line) {
    const std::vector<std::string> fields = parts(line, '|');
    require(fields.size() == 4, "'" + line + "' is no link");
    const Op* op = op_named(fields[0]);
    require(op != nullptr && fields[0] != "MosloraChain", "there is no op " + fields[0] + " to be a link");
    links_.emplace_back();
    Link& link = links_.back();
    link.attributes.op = op;
    Types types;
    read_settings(fields[1], link.attributes, types);
    link.input_types = types_of(op->signature.inputs, link.attributes, types);
    link.output_types = types_of(op->signature.outputs, link.attributes, types);
    read_inputs(link, parts(fields[2], ' '));
    read_outputs(link, parts(fields[3], ' '));
  }

  std::deque<Link> take() {
    for (auto& [place, last] : last_reader_) links_[static_cast<size_t>(last)].spent.push_back({place.first, place.second});
    return std::move(links_);
  }

 private:
  void read_inputs(Link& link, const std::vector<std::string>& places) {
    require(places.size() == link.input_types.size(),
            std::to_string(places.size()) + " inputs of a link that takes " + std::to_string(link.input_types.size()));
    for (size_t i = 0; i < places.size(); ++i) {
      const Place place = places[i][0] == 'c' ? of_link(places[i]) : Place{-1, given(given_, places[i], link.input_types[i])};
      if (place.link >= 0) {
        const Link& other = links_[static_cast<size_t>(place.link)];
        require(other.output_types[static_cast<size_t>(place.index)] == link.input_types[i], places[i] + " has another type than the link takes");
        const auto spent = last_reader_.find({place.link, place.index});
        if (spent != last_reader_.end()) spent->second = static_cast<int>(links_.size()) - 1;
      }
      link.inputs.push_back(place);
    }
  }

  void read_outputs(Link& link, const std::vector<std::string>& places) {
    require(places.size() == link.output_types.size(),
            std::to_string(places.size()) + " outputs of a link that gives " + std::to_string(link.output_types.size()));
    const int number = static_cast<int>(links_.size()) - 1;
    for (size_t i = 0; i < places.size(); ++i) {
      const bool inner = places[i] == ".";
      if (inner) last_reader_[{number, static_cast<int>(i)}] = number;
      link.outputs.push_back(inner ? -1 : given(made_, places[i], link.output_types[i]));
    }
  }

  Place of_link(const std::string& text) const {
    const std::vector<std::string> numbers = parts(text.substr(1), '.');
    require(numbers.size() == 2, "'" + text + "' is no output of a link");
    const int64_t link = whole(numbers[0]), index = whole(numbers[1]);
    require(link >= 0 && link < static_cast<int64_t>(links_.size()) - 1, "'" + text + "' is of no earlier link");
    require(index >= 0 && index < static_cast<int64_t>(links_[static_cast<size_t>(link)].outputs.size()), "there is no output '" + text + "'");
    return {static_cast<int>(link), static_cast<int>(index)};
  }

  // The number among all kinds' arrays.
  static int given(const std::vector<Kind>& kinds, const std::string& text, TF_DataType type) {
    int64_t before = 0;
    for (const Kind& kind : kinds) {
      if (text[0] == kind.letter) {
        const int64_t index = whole(text.substr(1));
        require(index >= 0 && index < kind.count, "there is no array '" + text + "'");
        require(kind.type == type, "'" + text + "' has another type than the link's");
        return static_cast<int>(before + index);
      }
      before += kind.count;
    }
    throw Refusal("'" + text + "' is no array of a chain");
  }

  std::vector<Kind> given_, made_;
  std::deque<Link> links_;
  std::map<std::pair<int, int>, int> last_reader_;  // of the outputs that are not the chain's
};

}  // namespace

std::deque<Link> read_links(const std::string& text, const ChainSizes& sizes) {
  Reader reader(sizes);
  const std::vector<std::string> lines = parts(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    try {
      reader.read(lines[i]);
    } catch (const std::exception& error) {
      throw Refusal("link " + std::to_string(i) + ": " + error.what());
    }
  }
  return reader.take();
}

}  // namespace moslora
