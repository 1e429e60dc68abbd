import type { Problem } from '../../spec/problem.js';
import type { Spec } from '../../spec/types.js';

/** A configuration and where its relative paths begin. */
export interface SpecOnDisk {
  readonly spec: Spec;
  /** The bundle's absolute directory. */
  readonly bundle: string;
}

/** One rule that looks at files of the host, by sys, and changes nothing. */
export type DiskCheck = (where: SpecOnDisk) => readonly Problem[];
