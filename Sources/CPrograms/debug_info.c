#define _GNU_SOURCE
#include "CPrograms.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

// The part of libdw's interface (elfutils/libdw.h, libdwfl.h) that is used: its headers need not be here.
typedef struct Dwfl Dwfl;
typedef struct Dwfl_Module Dwfl_Module;
typedef uint64_t Dwarf_Addr;
typedef struct {
	void *address;
	void *unit;
	void *abbreviation;
	long padding;
} Dwarf_Die;
typedef struct {
	unsigned int code;
	unsigned int form;
	unsigned char *value;
	void *unit;
} Dwarf_Attribute;
typedef struct {
	int (*find_elf)(Dwfl_Module *, void **, const char *, Dwarf_Addr, char **, void **);
	int (*find_debuginfo)(Dwfl_Module *, void **, const char *, Dwarf_Addr, const char *,
	                      const char *, uint32_t, char **);
	int (*section_address)(Dwfl_Module *, void **, const char *, Dwarf_Addr, const char *,
	                       uint32_t, const void *, Dwarf_Addr *);
	char **debuginfo_path;
} Dwfl_Callbacks;

enum { DW_TAG_member = 0x0d, DW_TAG_structure_type = 0x13, DW_TAG_typedef = 0x16,
       DW_TAG_union_type = 0x17, DW_TAG_const_type = 0x26, DW_TAG_volatile_type = 0x35,
       DW_AT_data_member_location = 0x38, DW_AT_type = 0x49, DW_AT_declaration = 0x3c };

static struct {
	bool is_loaded;
	void *library;
	Dwfl *(*begin)(const Dwfl_Callbacks *);
	void (*end)(Dwfl *);
	Dwfl_Module *(*report_offline)(Dwfl *, const char *, const char *, int);
	int (*report_end)(Dwfl *, int (*)(Dwfl_Module *, void *, const char *, Dwarf_Addr, void *), void *);
	Dwarf_Die *(*next_unit)(Dwfl_Module *, Dwarf_Die *, Dwarf_Addr *);
	void *find_debuginfo, *section_address, *find_elf;
	int (*child)(Dwarf_Die *, Dwarf_Die *);
	int (*sibling)(Dwarf_Die *, Dwarf_Die *);
	int (*tag)(Dwarf_Die *);
	const char *(*name)(Dwarf_Die *);
	Dwarf_Attribute *(*attribute)(Dwarf_Die *, unsigned int, Dwarf_Attribute *);
	int (*number)(Dwarf_Attribute *, uint64_t *);
	Dwarf_Die *(*reference)(Dwarf_Attribute *, Dwarf_Die *);
} dw;

static bool load(void)
{
	struct {
		void **to;
		const char *name;
	} functions[] = {
		{(void **)&dw.begin, "dwfl_begin"},
		{(void **)&dw.end, "dwfl_end"},
		{(void **)&dw.report_offline, "dwfl_report_offline"},
		{(void **)&dw.report_end, "dwfl_report_end"},
		{(void **)&dw.next_unit, "dwfl_module_nextcu"},
		{&dw.find_debuginfo, "dwfl_standard_find_debuginfo"},
		{&dw.section_address, "dwfl_offline_section_address"},
		{&dw.find_elf, "dwfl_build_id_find_elf"},
		{(void **)&dw.child, "dwarf_child"},
		{(void **)&dw.sibling, "dwarf_siblingof"},
		{(void **)&dw.tag, "dwarf_tag"},
		{(void **)&dw.name, "dwarf_diename"},
		{(void **)&dw.attribute, "dwarf_attr"},
		{(void **)&dw.number, "dwarf_formudata"},
		{(void **)&dw.reference, "dwarf_formref_die"},
	};

	if (dw.is_loaded) return dw.library != NULL;
	dw.is_loaded = true;
	dw.library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!dw.library) return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].to = dlsym(dw.library, functions[i].name);
		if (!*functions[i].to) {
			dlclose(dw.library);
			dw.library = NULL;
			return false;
		}
	}
	return true;
}

struct wanted {
	const char *const *members;
	int count;
	int64_t *offsets;
};

// The type of a member, without what is said of it.
static bool type_of(Dwarf_Die *member, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	*type = *member;
	for (int i = 0; i < 16; i++) {
		Dwarf_Die next;
		int tag;

		if (!dw.attribute(type, DW_AT_type, &attribute) || !dw.reference(&attribute, &next))
			return false;
		*type = next;
		tag = dw.tag(type);
		if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type)
			return true;
	}
	return false;
}

// Notes where members are, those of anonymous parts too.
static void look_into(Dwarf_Die *structure, int64_t base, int depth, const struct wanted *wanted)
{
	Dwarf_Die member, type;

	if (depth > 8 || dw.child(structure, &member)) return;
	do {
		Dwarf_Attribute attribute;
		uint64_t offset = 0;
		const char *name;

		if (dw.tag(&member) != DW_TAG_member) continue;
		if (dw.attribute(&member, DW_AT_data_member_location, &attribute) &&
		    dw.number(&attribute, &offset))
			continue;
		name = dw.name(&member);
		for (int i = 0; name && i < wanted->count; i++)
			if (wanted->offsets[i] < 0 && !strcmp(name, wanted->members[i]))
				wanted->offsets[i] = base + (int64_t)offset;
		if (!name && type_of(&member, &type)) look_into(&type, base + (int64_t)offset, depth + 1, wanted);
	} while (!dw.sibling(&member, &member));
}

static bool is_whole(const struct wanted *wanted)
{
	for (int i = 0; i < wanted->count; i++)
		if (wanted->offsets[i] < 0) return false;
	return true;
}

static enum nc_debug_result search(Dwfl_Module *module, const char *structure,
                                   const struct wanted *wanted)
{
	enum nc_debug_result result = NC_DEBUG_NO_INFO;
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;

	while ((unit = dw.next_unit(module, unit, &bias))) {
		Dwarf_Die entry;

		result = NC_DEBUG_NO_TYPE;
		if (dw.child(unit, &entry)) continue;
		do {
			Dwarf_Attribute attribute;
			const char *name;

			if (dw.tag(&entry) != DW_TAG_structure_type) continue;
			name = dw.name(&entry);
			if (!name || strcmp(name, structure) ||
			    dw.attribute(&entry, DW_AT_declaration, &attribute))
				continue;
			// Another of the same name may lack members: none of its offsets stay.
			for (int i = 0; i < wanted->count; i++) wanted->offsets[i] = -1;
			look_into(&entry, 0, 0, wanted);
			if (is_whole(wanted)) return NC_DEBUG_FOUND;
		} while (!dw.sibling(&entry, &entry));
	}
	return result;
}

enum nc_debug_result nc_debug_offsets(const char *path, const char *structure,
                                      const char *const *members, int count, int64_t *offsets)
{
	struct wanted wanted = {.members = members, .count = count, .offsets = offsets};
	enum nc_debug_result result = NC_DEBUG_NO_INFO;
	Dwfl_Callbacks callbacks = {};
	Dwfl_Module *module;
	Dwfl *session;

	for (int i = 0; i < count; i++) offsets[i] = -1;
	if (!load()) return NC_DEBUG_NO_LIBRARY;
	callbacks.find_elf = (__typeof__(callbacks.find_elf))dw.find_elf;
	callbacks.find_debuginfo = (__typeof__(callbacks.find_debuginfo))dw.find_debuginfo;
	callbacks.section_address = (__typeof__(callbacks.section_address))dw.section_address;
	session = dw.begin(&callbacks);
	if (!session) return NC_DEBUG_NO_INFO;
	module = dw.report_offline(session, "", path, -1);
	dw.report_end(session, NULL, NULL);
	if (module) result = search(module, structure, &wanted);
	dw.end(session);
	return result;
}
