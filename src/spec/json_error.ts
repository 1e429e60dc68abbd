import { show } from './problem.js';

/** The first place where text is not valid JSON. Lines and columns start at 1. */
export interface JsonError {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
}

/**
 * Finds the first mistake in text that JSON.parse refused, because the two engines report it differently, one of them without a position.
 * Returns undefined if the text is JSON. The caller must have limited the nesting (json_depth.ts).
 */
export function findJsonError(text: string): JsonError | undefined {
  const scanner = new Scanner(text);
  const fine = scanner.document();
  if (fine) return undefined;
  const before = text.slice(0, scanner.at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const character = [...text.slice(scanner.at, scanner.at + 2)][0];
  return {
    line: before.split('\n').length,
    column: scanner.at - lineStart + 1,
    expected: scanner.expected,
    found: character === undefined ? 'the end of the file' : show(character),
  };
}

/** The grammar of RFC 8259. Every method returns whether it consumed what it is named after. If not, `at` and `expected` say why. */
class Scanner {
  at = 0;
  expected = '';

  constructor(private readonly text: string) {}

  document(): boolean {
    return this.value() && (this.at === this.text.length || this.fail('the end of the file'));
  }

  private value(): boolean {
    this.space();
    return this.bareValue() && this.space();
  }

  private bareValue(): boolean {
    switch (this.text[this.at]) {
      case '{':
        return this.members('}', () => this.member());
      case '[':
        return this.members(']', () => this.value());
      case '"':
        return this.quoted();
      default:
        return this.pattern(/true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y) || this.fail('a value');
    }
  }

  private members(close: string, member: () => boolean): boolean {
    this.at++;
    this.space();
    if (this.skip(close)) return true;
    for (;;) {
      if (!member()) return false;
      if (this.skip(close)) return true;
      if (!this.skip(',')) return this.fail(`"," or "${close}"`);
    }
  }

  private member(): boolean {
    this.space();
    if (this.text[this.at] !== '"') return this.fail('a name in double quotes');
    if (!this.quoted()) return false;
    this.space();
    return this.skip(':') ? this.value() : this.fail('":"');
  }

  private quoted(): boolean {
    this.at++;
    for (;;) {
      this.pattern(/[^"\\\u0000-\u001f]+/y);
      if (this.skip('"')) return true;
      if (!this.pattern(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y))
        return this.fail(this.text[this.at] === '\\' ? 'a valid escape sequence' : 'the end of the string');
    }
  }

  private space(): true {
    this.pattern(/[ \t\r\n]+/y);
    return true;
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private pattern(sticky: RegExp): boolean {
    sticky.lastIndex = this.at;
    if (!sticky.test(this.text)) return false;
    this.at = sticky.lastIndex;
    return true;
  }

  private fail(expected: string): false {
    this.expected = expected;
    return false;
  }
}
