// Downloads or erases the stored data about a contact, or puts a legal hold on the contact.
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
