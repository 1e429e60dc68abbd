/** A command-line option, as data. The long name is its key in an {@link OptionTable}. */
export type OptionShape = SwitchShape | TextShape | ListShape | CountShape;

interface Described {
  /** The one-letter name. */
  readonly short?: string;
  /** Other names that other runtimes use for it, without dashes. */
  readonly aliases?: readonly string[];
  readonly about: string;
  /** Accepted, but not listed by --help. */
  readonly hidden?: boolean;
}

/** A switch; `--name=false` turns it off again. */
interface SwitchShape extends Described {
  readonly kind: 'switch';
}

/** Takes a value. If `bare` is set, the value must follow after `=`, and `bare` is the value when there is none. */
interface TextShape extends Described {
  readonly kind: 'text';
  /** The name of the value in --help. */
  readonly value: string;
  readonly bare?: string;
}

/** Text that may be given more than once. It is not split at commas. */
interface ListShape extends Described {
  readonly kind: 'list';
  readonly value: string;
}

/** A whole number that is not negative; 0 if absent. */
interface CountShape extends Described {
  readonly kind: 'count';
  readonly value: string;
}

export type OptionTable = Readonly<Record<string, OptionShape>>;

/** What a command receives: one member for each option of its table. */
export type OptionValues<T extends OptionTable> = { readonly [N in keyof T]: ValueOf<T[N]> };

type ValueOf<S extends OptionShape> = S['kind'] extends 'switch'
  ? boolean
  : S['kind'] extends 'text'
    ? string | undefined
    : S['kind'] extends 'list'
      ? readonly string[]
      : number;
