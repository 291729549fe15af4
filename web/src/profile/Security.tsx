import { Passkeys } from './Passkeys';
import { Password } from './Password';
import { Providers } from './Providers';
import { Removal } from './Removal';
import { Sessions } from './Sessions';
import { TwoFactor } from './TwoFactor';

export default function Security() {
	return (
		<>
			<Password />
			<TwoFactor />
			<Passkeys />
			<Providers />
			<Sessions />
			<Removal />
		</>
	);
}
