import { id } from '../../spec/shapes/integers.js';
import { flag, objectOf, required } from '../../spec/shapes/shape.js';

/** How {@link Container.copyIn} makes files. */
export interface CopyInRequest {
  /** The owner of everything that is made, as ids in the container. Default: the numbers in the archive. */
  readonly user?: {
    /** User id. */
    readonly uid: number;
    /** Group id. */
    readonly gid: number;
  };
  /** Keep the set-user-ID, set-group-ID and sticky bits of the archive. Default: false, they are removed. */
  readonly specialBits?: boolean;
  /** Ends the copy when it aborts; what was unpacked before stays. A source that is a stream is destroyed. */
  readonly signal?: AbortSignal;
}

export const copyInShape = objectOf<Omit<CopyInRequest, 'signal'>>({
  user: objectOf<NonNullable<CopyInRequest['user']>>({ uid: required(id), gid: required(id) }),
  specialBits: flag,
});
