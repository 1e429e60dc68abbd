#include "../../core/files/utf8.h"
#include "check.h"

namespace tsrun::test {

void text_tests() {
  struct Case {
    const char* name;
    std::string bytes;
    bool valid;
  };
  const Case cases[] = {
      {"nothing", "", true},
      {"ASCII", "plain text, longer than eight bytes", true},
      {"two, three and four bytes", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", true},
      {"first and last of each length", "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true},
      {"a NUL", std::string("a\0b", 3), true},
      {"a lone continuation", "abc\x80", false},
      {"an overlong slash", "\xc0\xaf", false},
      {"an overlong slash in three bytes", "\xe0\x80\xaf", false},
      {"an overlong form in four bytes", "\xf0\x8f\xbf\xbf", false},
      {"a surrogate", "\xed\xa0\x80", false},
      {"above U+10FFFF", "\xf4\x90\x80\x80", false},
      {"a byte that starts nothing", "12345678\xff", false},
      {"cut after one of two", "1234567\xc3", false},
      {"cut after three of four", "\xf0\x9f\x98", false},
      {"a wrong third byte", "\xe2\x82\x41", false},
  };
  for (const Case& c : cases) check(is_utf8(c.bytes) == c.valid, std::string("UTF-8: ") + c.name);
}

}  // namespace tsrun::test
