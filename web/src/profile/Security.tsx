import { Passkeys } from './Passkeys';
import { Password } from './Password';
import { Removal } from './Removal';
import { Sessions } from './Sessions';
import { TwoFactor } from './TwoFactor';

export default function Security() {
	return <><Password /><TwoFactor /><Passkeys /><Sessions /><Removal /></>;
}
