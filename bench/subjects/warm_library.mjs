import { LibrarySubject } from './library.mjs';

/**
 * The library with one warm slot ready for the current bundle. It is made outside of the measured time, and none is made while another
 * subject is sampled.
 */
export class WarmLibrarySubject extends LibrarySubject {
  kind = 'warm';
  name = 'library-warm';

  constructor(parts) {
    super(parts, ['--warm']);
  }
}
