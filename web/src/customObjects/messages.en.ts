import { english } from '../i18n/resource';

const words = english({});

export default {
	key_help: 'The name in the API. If empty, the key is derived from the plural. It can’t be changed later.',
	help_help: 'Shown while the list is empty.',
	open: 'Open %{name}',
	texts: {
		empty: 'No %{many} yet',
		action: { create: 'New %{one}' },
		notifications: {
			created: '%{one} created',
			updated: '%{one} updated',
			deleted: '%{one} deleted |||| %{smart_count} %{many} deleted',
		},
	},
	resources: {
		records: { fields: { object: 'Object' } },
		object_definitions: words({
			one: 'Object',
			many: 'Objects',
			empty: 'No objects yet',
			invite: 'Add what your team works with besides contacts, companies and deals, such as machines or contracts.',
			create: 'New object',
			fields: {
				name: 'Object',
				icon_box: 'Box',
				icon_building: 'Building',
				icon_calendar: 'Calendar',
				icon_card: 'Card',
				icon_document: 'Document',
				icon_flag: 'Flag',
				icon_folder: 'Folder',
				icon_key: 'Key',
				icon_machine: 'Machine',
				icon_person: 'Person',
				icon_pin: 'Place',
				icon_project: 'Project',
				icon_ticket: 'Ticket',
				icon_vehicle: 'Vehicle',
			},
		}),
	},
};
