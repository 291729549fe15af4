// The stored data about a contact: its download, its erasure, and a legal hold.
import { useRecordContext, useRedirect, useTranslate } from 'ra-core';
import { markRemoved } from '../data/feed';
import { DataButtons } from './DataButtons';

export default function ContactData() {
	const translate = useTranslate();
	const contact = useRecordContext();
	const redirect = useRedirect();
	return (
		<DataButtons
			resource="contacts"
			lead={translate('erasures.contact_lead')}
			holds={{ resource: 'contact_holds', column: 'contact_id' }}
			erased={() => {
				markRemoved('contacts', [Number(contact!.id)]);
				redirect('list', 'contact_erasures');
			}}
		/>
	);
}
