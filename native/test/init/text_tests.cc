// Text in buffers of fixed size.
#include "../../init/base/text.h"
#include "scratch.h"

namespace tsrun::test {

void text_tests() {
  init::Chars<8> chars;
  chars.add("abc").add("defg");
  check(std::string(chars.c_str()) == "abcdefg" && !chars.full(), "as much as there is room for");
  chars.add("h");
  check(std::string(chars.c_str()) == "abcdefg" && chars.full(), "nothing of what does not fit");
  chars.clear().add_some(init::text_of("0123456789"));
  check(std::string(chars.c_str()) == "0123456" && !chars.full(), "as much as fits");
  init::Chars<24> number;
  number.add_number(INT64_MIN);
  check(std::string(number.c_str()) == "-9223372036854775808", "the smallest number");
  number.clear().add_number(0);
  check(std::string(number.c_str()) == "0", "zero");
  check(init::find(init::text_of("a:b"), ':') == 1 && init::find(init::text_of("ab"), ':') == 2, "find");
}

}  // namespace tsrun::test
