// Package house joins the rooms of an agent for the commands: it reads the
// configuration, opens keys, store, journal and policy in an agent's folder and
// hands out the agent. Nothing else in the repository builds one. It holds no
// judgement of its own.
package house
