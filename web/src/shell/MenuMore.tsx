// The menu entries that the user did not choose, by module.
import { Suspense, useState } from 'react';
import Customize from '@mui/icons-material/TuneOutlined';
import { useTranslate } from 'ra-core';
import { lazy } from '../ui/lazy';
import type { Entry } from '../records/menu';
import { Item, Part, Toggle } from './MenuPart';

const MenuDialog = lazy(() => import('./MenuDialog'));

export default function MenuMore({ rest }: { rest: Entry[] }) {
	const [choosing, setChoosing] = useState(false);
	const translate = useTranslate();
	const moduleOf = ({ module }: Entry) => translate(module ? `${module}.name` : 'i18n.create.crm');
	const modules = [...new Set(rest.map(moduleOf))];
	return (
		<>
			{modules.map((name) => (
				<Part key={name} title={name}>
					{rest
						.filter((entry) => moduleOf(entry) === name)
						.map((entry) => (
							<Item key={entry.to} {...entry} />
						))}
				</Part>
			))}
			<Toggle
				label="i18n.menu.customize"
				Icon={Customize}
				aria-haspopup="dialog"
				onClick={() => setChoosing(true)}
			/>
			<Suspense>{choosing && <MenuDialog close={() => setChoosing(false)} />}</Suspense>
		</>
	);
}
