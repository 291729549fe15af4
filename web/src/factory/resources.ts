// The texts that descriptions of the module's resources share.
import { wordsWith } from '../records/description';

/** The texts of a resource, with those of the fields that most resources of the module have. */
export const words = wordsWith({
	en: {},
	fr: {},
});
