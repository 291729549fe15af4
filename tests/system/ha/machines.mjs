// Machines that consist of namespaces. Each has a separate hostname, network, process table, and folders for the
// services.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fences } from '../docs/blocks.mjs';

const FOLDERS = ['/etc/default', '/etc/patroni', '/etc/haproxy', '/var/lib/etcd', '/var/lib/postgresql', '/run/postgresql'];

// The variables that contain the database connection are only for the test itself.
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));

export class Machine {
	constructor(name, address, services) {
		Object.assign(this, { name, address, services, folder: `${process.env.STACK}/machines/${name}` });
		for (const folder of FOLDERS)
			mkdirSync(this.folder + folder, { recursive: true });
		execFileSync('chown', ['postgres:', ...['/var/lib/postgresql', '/run/postgresql'].map((f) => this.folder + f)]);
		execFileSync('chown', ['etcd:', `${this.folder}/var/lib/etcd`]);
	}

	// The first process of the machine reaps the others, which end when it is killed.
	async boot() {
		this.init = spawn('unshare', ['--uts', '--ipc', '--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-c', `
			hostname "$0"
			for folder in ${FOLDERS.join(' ')}; do mount --bind "$1$folder" "$folder"; done
			ip link set lo up
			echo ready
			sleep infinity & wait`, this.name, this.folder], { stdio: ['ignore', 'pipe', 'ignore'] });
		this.gone = new Promise((done) => this.init.on('exit', done));
		await new Promise((done) => this.init.stdout.on('data', done));
		this.pid = Number(readFileSync(`/proc/${this.init.pid}/task/${this.init.pid}/children`, 'utf8'));
		const last = this.address.split('.')[3];
		const port = `to-${this.name}`;
		execFileSync('sh', ['-ec', `
			ip link add ${port} type veth peer name eth0 address 02:00:00:00:00:${last} netns ${this.pid}
			ip link set ${port} master machines up
			nsenter -t ${this.pid} -n sh -c 'ip address add ${this.address}/24 dev eth0; ip link set eth0 up'`]);
	}

	enter(command) {
		return ['nsenter', ['-t', String(this.pid), '-a', 'bash', '-c', command]];
	}

	// Runs a command as root. Returns the output.
	run(command, { input } = {}) {
		return execFileSync(...this.enter(command), { encoding: 'utf8', env: environment(), input, stdio: ['pipe', 'pipe', 'pipe'] });
	}

	// Starts the services. As systemd does, starts each service again a second after it has ended.
	start() {
		this.up = true;
		for (const [name, command] of Object.entries(this.services))
			this.serve(name, command);
	}

	serve(name, command) {
		const log = openSync(`${this.folder}/${name}.log`, 'a');
		const service = spawn(...this.enter(`echo $$ >${this.folder}/${name}.pid; exec ${command}`),
			{ env: environment(), stdio: ['ignore', log, log] });
		service.on('exit', async () => {
			await sleep(1000);
			if (this.up && this.init.exitCode === null && this.init.signalCode === null)
				this.serve(name, command);
		});
	}

	// Kills the process of the service. Its children remain.
	kill(name) {
		this.run(`kill -KILL $(cat ${this.folder}/${name}.pid)`);
	}

	// Simulates a power loss of the machine.
	async lose() {
		this.up = false;
		process.kill(this.pid, 'SIGKILL');
		await this.gone;
	}

	async back() {
		await this.boot();
		this.start();
	}

	// Drops all packets from the other machines.
	deaf(others) {
		for (const { address } of others)
			this.run(`iptables -A INPUT -s ${address} -j DROP`);
	}

	hears() {
		this.run('iptables -F INPUT');
	}
}

export const as = (user, command) => `setpriv --reuid=${user} --regid=${user} --init-groups ${command}`;

// Returns the blocks of docs/scaling.md that this test runs.
export function documented(test) {
	const blocks = fences(`${process.env.SOURCES}/docs/scaling.md`);
	const [database, create, settings] = blocks.filter(({ info }) => info === `test=${test}`).map(({ text }) => text);
	assert.ok(settings);
	return { database, create, settings, haproxy: blocks.find(({ language }) => language === 'haproxy').text };
}
