// Buttons that download or erase the stored data about a member.
import { useRefresh, useTranslate } from 'ra-core';
import { DataButtons } from '../erasures/DataButtons';

export default function MemberButtons() {
	return <DataButtons resource="user_profiles" lead={useTranslate()('membership.erase')} erased={useRefresh()} own />;
}
