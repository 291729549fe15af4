// A drawer at the side of any page, in which the user creates a record.
import {
	cloneElement,
	forwardRef,
	useCallback,
	useEffect,
	useRef,
	useState,
	type ReactElement,
	type RefAttributes,
} from 'react';
import Close from '@mui/icons-material/Close';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Stack from '@mui/material/Stack';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useForkRef } from '@mui/material/utils';
import { SaveButton } from 'react-admin';
import { CreateBase, Form, useNotify, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useFormState } from 'react-hook-form';
import { Link, useLocation, useNavigate } from 'react-router-dom';
import { useAreas } from './area';
import { FormDraft } from './FormDraft';
import { newLabel, type Completed, type Resource } from './resource';
import { useCreatable, useResource } from './resources';
import { useFocusBack } from '../ui/focusBack';
import { OtherErrors } from '../ui/OtherErrors';
import { Inputs, useNew } from './RecordForm';

const TABS = 5; // number of resources with a tab; the user finds more resources by typing

function Bar({ close }: { close: () => void }) {
	const translate = useTranslate();
	return (
		<Stack
			direction="row"
			sx={{
				gap: 1,
				px: { xs: 2, sm: 3 },
				py: 2,
				borderTop: 1,
				borderColor: 'divider',
				bgcolor: 'background.paper',
			}}
		>
			<SaveButton alwaysEnable icon={<></>} />
			<Button onClick={close}>{translate('ra.action.cancel')}</Button>
		</Stack>
	);
}

// The drawer appears without a transition, which would measure the whole page twice.
const Still = forwardRef(function Still({ children }: { children: ReactElement<RefAttributes<unknown>> }, ref) {
	return cloneElement(children, { ref: useForkRef(ref, children.props.ref ?? null) });
});

// Asks before discarding input.
function Guard({ guard }: { guard: (dirty: boolean) => void }) {
	// isDirty is not sufficient: it is true even when an input only adds an empty member to a default.
	const dirty = Object.keys(useFormState().dirtyFields).length > 0;
	useEffect(() => guard(dirty), [guard, dirty]);
	return null;
}

function NewRecord({
	resource,
	values,
	guard,
	close,
}: {
	resource: Completed;
	values?: object;
	guard: (dirty: boolean) => void;
	close: (saved?: boolean) => void;
}) {
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { defaultValues, transform } = useNew(resource);
	const [began] = useState({ ...defaultValues, ...values });
	const created = (row: RaRecord) => {
		notify(
			<Box
				role="status"
				sx={{
					bgcolor: 'text.primary',
					color: 'background.paper',
					px: 2,
					py: 1,
					borderRadius: 1,
					display: 'flex',
					alignItems: 'center',
					gap: 1,
				}}
			>
				{translate(`resources.${resource.name}.notifications.created`, {
					_: translate('ra.notification.created'),
				})}
				<Button
					size="small"
					color="inherit"
					component={Link}
					to={`/${resource.name}/${row.id}${resource.page ? '/show' : ''}`}
				>
					{translate('ra.action.show')}
				</Button>
			</Box>,
		);
		refresh();
		close(true);
	};
	return (
		<CreateBase
			resource={resource.name}
			redirect={false}
			disableAuthentication // the drawer offers only resources that the user may create
			transform={transform}
			mutationOptions={{ onSuccess: created }}
		>
			<Form record={{}} defaultValues={began}>
				<Guard guard={guard} />
				<Box sx={{ display: 'flex', flexDirection: 'column', height: '100%' }}>
					<Box sx={{ flex: 1, overflowY: 'auto', px: { xs: 2, sm: 3 }, py: 2 }}>
						<FormDraft resource={resource} />
						<Inputs resource={resource} created focus given={{ ...values }} />
						<OtherErrors />
					</Box>
					<Bar close={close} />
				</Box>
			</Form>
		</CreateBase>
	);
}

export default function CreateDrawer({
	resource: first,
	values,
	close,
}: {
	resource?: string;
	values?: object;
	close: () => void;
}) {
	const translate = useTranslate();
	useFocusBack();
	const { pathname } = useLocation();
	const resources = useCreatable();
	const here =
		resources.find(({ name }) => pathname.startsWith(`/${name}`)) ??
		resources.find(({ madeOnPage }) => !madeOnPage) ??
		resources[0];
	const [chosen, setChosen] = useState(first ?? here?.name);
	const [ordered] = useState([here!, ...resources.filter((one) => one !== here)]);
	const areas = useAreas();
	const nameOf = ({ name }: Resource) => translate(`resources.${name}.name`, { smart_count: 1 });
	const moduleOf = (one: Resource) => {
		const module = areas.find(({ resource: own }) => own === one)?.module;
		return translate(module ? `${module}.name` : 'i18n.create.crm');
	};
	const tabs = ordered.filter((one, n) => n < TABS || one.name === chosen);
	const others = ordered.filter((one) => !tabs.includes(one));
	// This is a ref, because a state change would render the whole form again.
	const dirty = useRef(false);
	const guard = useCallback((now: boolean) => {
		dirty.current = now;
	}, []);
	const resource = useResource(chosen);
	const go = useNavigate();
	const sure = () => !dirty.current || window.confirm(translate('ra.message.unsaved_changes'));
	const leave = (saved = false) => {
		if (saved === true || sure()) close();
	};
	const choose = (name: string) => {
		if (!resources.find((one) => one.name === name)?.madeOnPage) return setChosen(name);
		void go(`/${name}/create`);
		close();
	};
	return (
		resource && (
			// A click outside the drawer must not discard input. Escape must not discard input either while a picker
			// has an open list, because it closes the list.
			<Drawer
				open
				anchor="right"
				onClose={({ target }: { target: EventTarget }, why) =>
					why === 'escapeKeyDown' && !(target as Element).matches('[aria-expanded=true]') && leave()
				}
				slots={{ transition: Still }}
				slotProps={{
					backdrop: { slots: { transition: Still } },
					paper: {
						role: 'dialog',
						'aria-modal': true,
						'aria-labelledby': 'creation',
						sx: { width: { xs: '100%', sm: 520 }, '& form': { flex: 1, minHeight: 0 } },
					},
				}}
			>
				<Stack direction="row" sx={{ alignItems: 'center', px: { xs: 2, sm: 3 }, pt: 1.5, pb: 1 }}>
					<Typography id="creation" variant="h4" component="h2" sx={{ flex: 1 }}>
						{translate(newLabel(resource.name))}
					</Typography>
					<IconButton aria-label={translate('ra.action.close')} edge="end" onClick={() => leave()}>
						<Close />
					</IconButton>
				</Stack>
				{!first && (
					<Tabs
						value={resource.name}
						onChange={(_, name: string) => sure() && choose(name)}
						aria-label={translate('i18n.create.kind')}
						// The browser scrolls long labels. MUI's scroll buttons measure the page.
						sx={{
							borderBottom: 1,
							borderColor: 'divider',
							px: 1,
							'& .MuiTabs-scroller': { overflowX: 'auto !important', scrollbarWidth: 'none' },
							'& .MuiTab-root': { flexShrink: 0 },
						}}
					>
						{tabs.map(({ name }) => (
							<Tab
								key={name}
								value={name}
								label={translate(`resources.${name}.name`, { smart_count: 1 })}
							/>
						))}
					</Tabs>
				)}
				{!first && others.length > 0 && (
					<Autocomplete
						key={`not ${resource.name}`}
						sx={{ px: { xs: 2, sm: 3 }, pt: 2 }}
						options={[...others].sort((one, other) => moduleOf(one).localeCompare(moduleOf(other)))}
						groupBy={moduleOf}
						blurOnSelect
						renderGroup={({ key, group, children }) => (
							<Box component="li" key={key} role="group" aria-label={group}>
								<Typography variant="body2" color="textSecondary" aria-hidden sx={{ px: 2, py: 0.5 }}>
									{group}
								</Typography>
								<Box component="ul" role="none" sx={{ p: 0 }}>
									{children}
								</Box>
							</Box>
						)}
						getOptionLabel={nameOf}
						onChange={(_, one) => one && sure() && choose(one.name)}
						renderInput={(props) => <TextField {...props} label={translate('i18n.create.other')} />}
					/>
				)}
				<NewRecord key={resource.name} resource={resource} values={values} guard={guard} close={leave} />
			</Drawer>
		)
	);
}
