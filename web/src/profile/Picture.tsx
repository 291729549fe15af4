import { useRef, type ChangeEvent } from 'react';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { picture } from '../ui/link';
import { Panel } from '../ui/Panel';
import { Face, fullName } from '../records/People';
import { meQuery, useMe } from '../data/session';

export function Picture() {
	const me = useMe();
	const { tell } = useDataProvider<Provider>();
	const queries = useQueryClient();
	const translate = useTranslate();
	const [busy, act] = useAct();
	const picker = useRef<HTMLInputElement>(null);
	const keep = async (avatar: object | null) => {
		await tell(`/api/sales/${me.id}`, { avatar }, 'PATCH');
		await queries.invalidateQueries({ queryKey: meQuery.queryKey });
	};
	const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
		const [file] = target.files ?? [];
		if (!file) return;
		const form = new FormData();
		form.append('file', file);
		void act(async () => keep(await tell<object>('/api/upload', form)), 'profile.saved');
		target.value = ''; // allows selecting the same file again
	};
	return (
		<Panel title={translate('profile.picture')} lead={translate('profile.picture_help')}>
			<Stack direction="row" useFlexGap spacing={1.5} sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
				<Face name={fullName(me)} file={me.avatar} size={64} />
				<Button variant="outlined" disabled={busy} onClick={() => picker.current?.click()}>
					{translate('profile.picture_choose')}
				</Button>
				{picture(me.avatar) && (
					<Button color="error" disabled={busy} onClick={() => act(() => keep(null), 'profile.removed')}>
						{translate('profile.picture_remove')}
					</Button>
				)}
				<input
					ref={picker}
					type="file"
					hidden
					accept="image/png,image/jpeg,image/gif,image/webp"
					onChange={choose}
				/>
			</Stack>
		</Panel>
	);
}
