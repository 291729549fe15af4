// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: days.test.mjs contains the working days of a member and a treasurer.
// The membership module: what the staff does for members, and what members do themselves as portal users.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { association } from './lib/association.mjs';
import { until } from '../lib/api.mjs';
import { VISITS, colleague } from './lib/browser.mjs';

const button = (who, name) => who.page.getByRole('button', { name });
const tab = (who, name) => who.page.getByRole('tab', { name }).or(who.page.getByRole('main').getByRole('button', { name, expanded: false })).click();

for (const { name, ...look } of VISITS)
	test(`the staff manages memberships, dues and payments (${name})`, async () => {
		const fr = name === 'phone';
		const { boss, mia, profile, make } = await association(look);
		await make('user_memberships', { member_id: profile.id, tier: 'Gold', starts_on: '2026-01-01', ends_on: '2030-12-31', fee: 12050, currency: 'EUR' });
		const due = await make('user_billing_schedules', { member_id: profile.id, description: 'Locker', amount: 4000, currency: 'EUR', due_on: '2030-02-01' });
		await boss.go('/user_profiles');
		await boss.sees(fr ? /(40,00|160,50).€/ : /€(40\.00|160\.50)$/);	// the amount includes the fee once it was billed
		await boss.page.getByPlaceholder(fr ? 'Rechercher' : 'Search', { exact: true }).fill('mia');
		await boss.page.getByRole('main').getByText('Ada Lovelace').waitFor({ state: 'detached' });
		await boss.looks(`members-${name}`);
		await boss.page.getByText('Mia Member').first().click();
		await boss.sees('Gold');
		await boss.looks(`member-${name}`);
		await boss.page.getByRole('link', { name: 'Gold' }).click();
		await boss.sees(fr ? /120,50.€/ : '€120.50');
		await boss.looks(`membership-${name}`);
		await button(boss, fr ? 'Annuler l’adhésion' : 'Cancel membership').click();
		const dialog = boss.page.getByRole('dialog');
		await dialog.getByLabel(fr ? 'Motif' : 'Reason').fill('Moved away');
		await dialog.getByRole('button', { name: fr ? 'Annuler l’adhésion' : 'Cancel membership' }).click();
		await boss.sees('Moved away');
		await boss.page.getByRole('button', { name: fr ? 'Renouveler' : 'Renew', exact: true }).waitFor({ state: 'detached' });

		await boss.go(`/user_billing_schedules/${due.id}/show`);
		await button(boss, fr ? 'Nouveau paiement' : 'New payment').click();
		await button(boss, fr ? 'Enregistrer' : 'Save').click();
		await boss.page.getByRole('link', { name: fr ? 'Afficher' : 'View', exact: true }).click();
		await button(boss, fr ? 'Reçu' : 'Mark as paid').click();
		await button(boss, fr ? 'Rembourser' : 'Refund').waitFor();
		// A partial refund, then the rest, which is the dialog's initial value.
		const refund = boss.page.getByRole('dialog'), amount = refund.getByLabel(fr ? 'Montant' : 'Amount');
		await button(boss, fr ? 'Rembourser' : 'Refund').click();
		assert.deepEqual([await amount.inputValue(), await amount.getAttribute('max')], ['40', '40']);
		await amount.fill('15.5');
		await boss.looks(`refund-${name}`);
		await refund.getByRole('button', { name: fr ? 'Rembourser' : 'Refund' }).click();
		await boss.sees(fr ? /15,50.€/ : '€15.50');
		await button(boss, fr ? 'Rembourser' : 'Refund').click();
		assert.deepEqual([await amount.inputValue(), await amount.getAttribute('max')], ['24.5', '24.5']);
		await refund.getByRole('button', { name: fr ? 'Annuler' : 'Cancel' }).click();
		const [paid] = await boss.call('/api/user_payments');
		assert.deepEqual([paid.refunded_amount, paid.status], [1550, 'succeeded']);
		await boss.page.getByRole('main').getByText(fr ? /^Payé · 40,00/ : /^Paid · €40\.00$/).waitFor();
		await boss.looks(`payment-${name}`);
		await boss.page.evaluate(() => scrollTo(0, 0));
		assert.equal((await boss.call(`/api/user_billing_schedules/${due.id}`)).status, 'paid');
		await boss.page.mouse.move(0, 0);
		await boss.go('/user_payments');
		await boss.sees(fr ? /15,50.€/ : '€15.50');
		await boss.looks(`payments-${name}`);
		await boss.go('/ledger_accounts');
		await boss.sees(fr ? /24,50.€/ : '€24.50');
		await boss.looks(`ledger-${name}`);
		await boss.go('/agreement_documents');
		await boss.sees(fr ? 'Aucun accord' : 'No agreements yet');
		await boss.looks(`agreements-${name}`);
		await mia.close();
		await boss.close();
	});

for (const { name, ...look } of VISITS)
	test(`a member has pages for their own records (${name})`, async () => {
		const fr = name === 'phone';
		const { boss, mia, profile, make } = await association(look);
		const link = (label) => mia.page.getByRole('link', { name: label, exact: true });
		await make('user_memberships', { member_id: profile.id, tier: 'Gold', starts_on: '2026-01-01' });
		const locker = await make('user_billing_schedules', { member_id: profile.id, description: 'Locker', amount: 4000, currency: 'EUR', due_on: '2030-02-01' });
		await make('user_payments', { member_id: profile.id, billing_schedule_id: locker.id, description: 'Locker by transfer', amount: 4000, currency: 'EUR' });
		await make('agreement_documents', { name: 'rules', title: 'House rules', text: 'Close the **door**.' });
		const other = await make('user_profiles', { first_name: 'Otto', last_name: 'Other' });
		await make('user_memberships', { member_id: other.id, tier: 'Silver', starts_on: '2026-01-01' });

		await mia.go('/');
		await mia.page.getByRole('heading', { level: 1, name: 'Analytical Engines' }).waitFor();
		await mia.sees(fr ? 'Gold · En cours' : 'Gold · Active');
		await mia.sees(fr ? /^Montant dû.: 40,00.€$/ : /^Amount due: €40\.00$/);
		await mia.sees(fr ? 'Paiement en cours' : 'Payment pending');
		const other_due = await make('user_billing_schedules', { member_id: profile.id, description: 'Towels', amount: 1250, currency: 'EUR', due_on: '2030-03-01' });
		await mia.page.reload();
		await button(mia, fr ? 'Payer: Towels' : 'Pay: Towels').waitFor();
		assert.match(await mia.page.locator('[data-due]').innerText(), /52[.,]50/);
		assert.deepEqual((await mia.page.getByRole('main').innerText()).split('\n')[0], 'Analytical Engines');
		await mia.looks(`member-home-${name}`);
		await button(mia, fr ? 'Payer: Towels' : 'Pay: Towels').click();
		await button(mia, fr ? 'Enregistrer' : 'Save').click();
		await button(mia, fr ? 'Payer: Towels' : 'Pay: Towels').waitFor({ state: 'detached' });
		// An open dialog hides the button, so the payment may not be stored yet.
		await until(async () => (await boss.call('/api/user_payments')).filter(({ billing_schedule_id }) => billing_schedule_id === other_due.id).length === 1);
		await mia.go('/');
		await link(fr ? 'Mon profil' : 'My profile').click();
		await mia.page.waitForFunction(() => document.activeElement?.tagName === 'H1' && /prof/.test(document.activeElement.textContent));
		await button(mia, fr ? 'Nouvelle coordonnée' : 'New contact detail').click();
		await mia.fill({ [fr ? 'Valeur *' : 'Value *']: 'mia@example.test' });
		await button(mia, fr ? 'Enregistrer' : 'Save').click();
		await link('mia@example.test').waitFor();
		await mia.looks(`member-profile-${name}`);
		const [contact] = await boss.call('/api/user_contacts');
		assert.deepEqual([contact.member_id, contact.value], [profile.id, 'mia@example.test']);
		await link('mia@example.test').click();
		await mia.fill({ [fr ? 'Libellé' : 'Label']: 'Home' });
		await button(mia, fr ? 'Enregistrer' : 'Save').click();
		await mia.sees(fr ? 'Coordonnée modifiée' : 'Contact detail updated');

		await mia.go('/member/membership');
		await link('Gold').click();
		await mia.page.getByText(fr ? 'En cours' : 'Active').first().waitFor();
		assert.equal(await button(mia, /^(Cancel membership|Annuler l’adhésion|Edit|Modifier|Delete|Supprimer)$/).count(), 0, 'the staff cancels');
		await mia.looks(`member-membership-${name}`);
		assert.equal(await mia.page.getByText('Silver').count(), 0);

		await mia.go('/member/payments');
		await link('Locker').waitFor();
		await mia.looks(`member-payments-${name}`);
		await link('Locker by transfer').click();
		await button(mia, fr ? 'Annuler le paiement' : 'Cancel payment').click();
		await mia.page.getByRole('dialog').getByRole('button', { name: fr ? 'Annuler le paiement' : 'Cancel payment' }).click();
		await mia.page.getByText(fr ? 'Annulation' : 'Canceled', { exact: true }).first().waitFor();

		await make('membership_queue', { member_id: other.id });
		await mia.go('/member/queue');
		await button(mia, fr ? 'Nouvelle entrée' : 'New queue entry').click();
		await button(mia, fr ? 'Enregistrer' : 'Save').click();
		await mia.page.getByRole('link', { name: /^(Queue entry|Entrée), / }).click();
		await mia.sees(/^Position.: 2|^Position: 2/);
		await mia.looks(`member-queue-${name}`);
		await button(mia, fr ? 'Quitter la file' : 'Leave the queue').click();
		await mia.page.getByText(fr ? 'Annulation' : 'Canceled', { exact: true }).first().waitFor();

		await mia.go('/member/documents');
		await button(mia, fr ? 'Accepter\u00a0: House rules' : 'Accept: House rules').waitFor();
		await mia.looks(`member-documents-${name}`);
		await button(mia, fr ? 'Accepter\u00a0: House rules' : 'Accept: House rules').click();
		await link('House rules').waitFor();
		assert.equal((await boss.call('/api/user_agreements'))[0].member_id, profile.id);

		await mia.go('/member/settings');
		await mia.page.getByRole('switch', { name: fr ? 'Présent dans l’annuaire' : 'Listed in the directory' }).click();
		await mia.settled();
		await mia.looks(`member-settings-${name}`);
		assert.equal((await boss.call(`/api/user_privacy_settings/${profile.id}`)).listed, true);
		await mia.page.getByRole('combobox', { name: fr ? 'Thème' : 'Theme' }).click();
		await mia.page.getByRole('option', { name: fr ? 'Clair' : 'Dark' }).click();
		await mia.settled();
		assert.equal(await mia.page.evaluate(() => localStorage.getItem('tenantry.scheme')), fr ? 'light' : 'dark');
		await mia.go('/member/directory');
		await link('Mia Member').click();
		await mia.page.getByRole('heading', { level: 1 }).waitFor();
		await mia.looks(`member-directory-${name}`);

		await boss.call('/api/modules/membership', { enabled: false }, 'PUT');
		await mia.go('/member/payments');
		await mia.sees(fr ? 'Rien n’est encore partagé avec vous.' : 'Nothing is shared with you yet.');
		await mia.close();
		await boss.close();
	});

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

for (const { name, ...look } of VISITS)
	test(`a member is verified and paid by two staff users (${name})`, async () => {
		const fr = name === 'phone';
		const { boss, mia, profile, make } = await association(look);
		const second = await colleague(boss, 'admin', { first_name: 'Sam', last_name: 'Second', ...look });
		const press = (who, en, french) => button(who, fr ? french : en).click();
		const said = (who, en, french) => who.page.getByText(fr ? french : en, { exact: true }).first().waitFor();

		await mia.go('/member/verification');
		await press(mia, 'New verification', 'Nouvelle vérification');
		await mia.fill({ [fr ? 'Pays *' : 'Country *']: 'FR' });
		await press(mia, 'Save', 'Enregistrer');
		await mia.page.getByRole('link', { name: /^(Verification|Vérification), / }).click();
		const chooser = mia.page.waitForEvent('filechooser');
		await press(mia, 'Add a file: Front', 'Ajouter un fichier: Recto');
		await (await chooser).setFiles({ name: 'passport', mimeType: 'image/png', buffer: PIXEL });
		await mia.page.getByRole('img', { name: fr ? 'Recto' : 'Front' }).waitFor();
		await press(mia, 'Submit', 'Soumettre');
		await said(mia, 'Submitted', 'Soumise');
		await mia.page.mouse.move(0, 0);
		await mia.looks(`member-verification-${name}`);

		const [{ id }] = await boss.call('/api/kyc_verification');
		await boss.go(`/kyc_verification/${id}/show`);
		await press(boss, 'Begin review', 'Commencer l’examen');
		await boss.page.getByRole('img', { name: fr ? 'Recto' : 'Front' }).waitFor();
		await button(boss, fr ? 'Refuser' : 'Reject').waitFor();
		await boss.page.mouse.move(0, 0);
		await boss.looks(`verification-${name}`);
		await press(boss, 'Approve', 'Approuver');
		await boss.page.getByRole('dialog').getByRole('button', { name: fr ? 'Approuver' : 'Approve' }).click();
		await said(boss, 'Approved', 'Approuvée');

		const account = await make('payout_accounts', { member_id: profile.id, holder: 'Mia Member', iban: 'DE89370400440532013000' });
		const ours = await make('payout_accounts', { organization: true, holder: 'Club', iban: 'FR1420041010050500013M02606' });
		const payout = await make('user_payouts', { account_id: account.id, amount: 2500, currency: 'EUR', description: 'Prize' });
		await second.go(`/user_payouts/${payout.id}/show`);
		await press(second, 'Approve', 'Approuver');
		await said(second, 'Approved', 'Approuvé');
		await second.page.mouse.move(0, 0);
		await second.looks(`payout-${name}`);
		await second.go('/payout_batches');
		await press(second, 'Send', 'Envoyer');
		await second.page.getByRole('dialog').getByLabel(fr ? 'Devise' : 'Currency').fill('EUR');
		await second.page.getByRole('dialog').getByRole('button', { name: fr ? 'Envoyer' : 'Send' }).click();
		await second.page.getByRole('link', { name: fr ? 'Fichier pour la banque' : 'Bank file' }).waitFor();
		await second.sees('Prize');
		await second.looks(`batch-${name}`);
		const downloaded = second.page.waitForEvent('download');
		await second.page.getByRole('link', { name: fr ? 'Fichier pour la banque' : 'Bank file' }).click();
		assert.match((await downloaded).suggestedFilename(), /^payouts-\d+\.xml$/);
		assert.equal((await boss.call(`/api/user_payouts/${payout.id}`)).status, 'sent');

		// A payment is included in a payout, and refunded before the batch is sent to the bank.
		const payment = await make('user_payments', { member_id: profile.id, description: 'Rent', amount: 4000, currency: 'EUR' });
		await boss.call(`/api/user_payments/${payment.id}/succeed`, {});
		await boss.go('/user_payouts/create');
		await boss.page.getByRole('heading', { name: fr ? 'Nouveau versement' : 'New payout' }).waitFor();
		await boss.page.getByRole('combobox', { name: fr ? 'Compte' : 'Account' }).click();
		await boss.page.getByRole('option', { name: /Mia Member/ }).click();
		await boss.page.getByRole('combobox', { name: fr ? 'Paiement transmis' : 'Passed-on payment' }).click();
		await boss.page.getByRole('option', { name: /Rent/ }).click();
		await boss.page.getByRole('textbox', { name: fr ? 'Devise' : 'Currency' }).fill('EUR');
		await boss.page.getByRole('textbox', { name: fr ? 'Montant' : 'Amount' }).fill('40');
		await boss.page.getByRole('textbox', { name: 'Description' }).fill('Passed on');
		await boss.looks(`payout-create-${name}`);
		await press(boss, 'Save', 'Enregistrer');
		await boss.page.waitForURL(/\/user_payouts\/\d+\/show/);
		const [passed] = await boss.call(`/api/user_payouts?filter=${encodeURIComponent(JSON.stringify({ payment_id: payment.id }))}`);
		assert.equal(passed.amount, 4000);
		await second.call(`/api/user_payouts/${passed.id}/approve`, {});
		const batch = await second.call('/api/user_payouts/send', { account_id: ours.id, currency: 'EUR' });
		await boss.call(`/api/user_payments/${payment.id}/refund`, { amount: 1000 });
		await second.go(`/payout_batches/${batch.id}/show`);
		second.expect(/^409 GET \/api\/payout_batches/);
		await second.page.getByRole('link', { name: fr ? 'Fichier pour la banque' : 'Bank file' }).click();
		await second.page.getByRole('alert').getByText(/withdraw these held payouts|retirez les versements retenus/i).waitFor();
		await second.go(`/user_payouts/${passed.id}/show`);
		await said(second, 'Remaining payment too small', 'Solde du paiement insuffisant');
		await second.looks(`payout-held-${name}`);
		await press(second, 'Withdraw from batch', 'Retirer du lot');
		await second.page.getByRole('dialog').getByLabel(fr ? 'Motif' : 'Reason').fill('refunded');
		await second.page.getByRole('dialog').getByRole('button', { name: fr ? 'Retirer du lot' : 'Withdraw from batch' }).click();
		await said(second, 'Failed', 'Échec');

		await make('newsfeed_posts', { title: 'Open day', body: 'On Sunday', published_at: '2026-01-01T00:00:00Z' });
		await mia.go('/member/news');
		await mia.page.getByRole('link', { name: 'Open day' }).click();
		await mia.sees('On Sunday');
		await mia.looks(`member-news-${name}`);
		for (const path of ['disputes', 'admin_alerts', 'monitoring_rules', 'report_templates', 'newsfeed_posts']) {
			await boss.go(`/${path}`);
			await boss.page.getByRole('heading', { level: 1 }).waitFor();
			await boss.settled();
		}
		await boss.looks(`staff-news-${name}`);
		await second.close();
		await mia.close();
		await boss.close();
	});
