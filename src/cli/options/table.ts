/** An option of the command line, as data. The long name is its key in an {@link OptionTable}. */
export type OptionShape = SwitchShape | TextShape | ListShape | CountShape;

interface Described {
  /** The one-letter name. */
  readonly short?: string;
  /** Further names that other runtimes use for it, without dashes. */
  readonly aliases?: readonly string[];
  readonly about: string;
  /** Accepted, but not listed by --help. */
  readonly hidden?: boolean;
}

/** Given or not; `--name=false` takes it back. */
interface SwitchShape extends Described {
  readonly kind: 'switch';
}

/** Takes a value; where `bare` is set the value can only follow after `=`, and `bare` stands for its absence. */
interface TextShape extends Described {
  readonly kind: 'text';
  /** What --help calls the value. */
  readonly value: string;
  readonly bare?: string;
}

/** As a text that may be given more than once. It is not split at commas. */
interface ListShape extends Described {
  readonly kind: 'list';
  readonly value: string;
}

/** A whole number that is not negative; 0 where it is not given. */
interface CountShape extends Described {
  readonly kind: 'count';
  readonly value: string;
}

export type OptionTable = Readonly<Record<string, OptionShape>>;

/** What a command finds: one member for each option of its table. */
export type OptionValues<T extends OptionTable> = { readonly [N in keyof T]: ValueOf<T[N]> };

type ValueOf<S extends OptionShape> = S['kind'] extends 'switch'
  ? boolean
  : S['kind'] extends 'text'
    ? string | undefined
    : S['kind'] extends 'list'
      ? readonly string[]
      : number;
