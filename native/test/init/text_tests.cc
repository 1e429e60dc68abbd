// Text in buffers of fixed size.
#include "../../init/base/text.h"
#include "scratch.h"

namespace tsrun::test {

void text_tests() {
  init::Chars<8> chars;
  chars.add("abc").add("defg");
  check(std::string(chars.c_str()) == "abcdefg" && !chars.full(), "a text that fits is added");
  chars.add("h");
  check(std::string(chars.c_str()) == "abcdefg" && chars.full(), "a text that does not fit is not added");
  chars.clear().add_some(init::text_of("0123456789"));
  check(std::string(chars.c_str()) == "0123456" && !chars.full(), "add_some adds as much as fits");
  init::Chars<24> number;
  number.add_number(INT64_MIN);
  check(std::string(number.c_str()) == "-9223372036854775808", "the smallest number is written");
  number.clear().add_number(0);
  check(std::string(number.c_str()) == "0", "zero is written");
  check(init::find(init::text_of("a:b"), ':') == 1 && init::find(init::text_of("ab"), ':') == 2, "a character is found");
}

}  // namespace tsrun::test
