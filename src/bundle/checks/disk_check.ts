import type { Problem } from '../../spec/problem.js';
import type { Spec } from '../../spec/types.js';

/** A configuration and the directory from which its relative paths start. */
export interface SpecOnDisk {
  readonly spec: Spec;
  /** The bundle's absolute directory. */
  readonly bundle: string;
}

/** One rule that reads files of the host, through sys, and changes nothing. */
export type DiskCheck = (where: SpecOnDisk) => readonly Problem[];
