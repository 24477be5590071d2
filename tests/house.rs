//! Holds the floors of the house: a module uses what is on a floor below its own, and no two files
//! import each other in a circle. docs/architecture.md draws it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{UseTree, spanned::Spanned, visit::Visit};

/// The floors from the ground up. Rooms on one floor do not know each other, but for those of the ground
/// floor and of the top one. Circles are refused all the same.
const FLOORS: &[&[&str]] = &[
    &["assets", "browser", "call", "date", "error", "islands", "text"],
    &["server"],
    &["mail"], // with: mail
    &["credentials"],
    &["account"],
    &["ui"],
    &["auth", "step_up"],
    &["totp"], // with: totp
    &["people", "settings", "transfer"],
    &["features"],
    &["app", "cleanup", "lib", "main", "maintenance", "router", "seed"],
];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| {
        panic!("{room} is on no floor: give it one in tests/house.rs and docs/architecture.md")
    })
}

fn is_open(floor: usize) -> bool {
    floor == 0 || floor == FLOORS.len() - 1
}

/// An import: where it stands and the module path that it names.
struct Import {
    line: usize,
    path: Vec<String>,
}

/// The imports of a file, those of its tests aside.
#[derive(Default)]
struct Imports(Vec<Import>);

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("cfg")
            && it.parse_args::<syn::Meta>().is_ok_and(|meta| meta.path().is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.read(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|it| it.ident.to_string()).collect();
        self.0.push(Import { line: path.span().start().line, path: names });
        syn::visit::visit_path(self, path);
    }
}

impl Imports {
    fn read(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.read(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.read(tree, before)),
            UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {
                let mut path = before.clone();
                match tree {
                    UseTree::Name(name) => path.push(name.ident.to_string()),
                    UseTree::Rename(name) => path.push(name.ident.to_string()),
                    _ => {}
                }
                self.0.push(Import { line: tree.span().start().line, path });
            }
        }
    }
}

/// Every source file but the tests', by its module path.
fn modules() -> BTreeMap<Vec<String>, PathBuf> {
    fn walk(folder: &Path, module: &[String], found: &mut BTreeMap<Vec<String>, PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let own = [module, std::slice::from_ref(&name)].concat();
            if path.is_dir() && name != "tests" {
                walk(&path, &own, found);
            } else if name == "mod" {
                found.insert(module.to_vec(), path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.insert(own, path);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut found);
    found
}

/// What each file imports of the others: the module, and the line that names it.
fn edges() -> BTreeMap<Vec<String>, BTreeMap<Vec<String>, String>> {
    let modules = modules();
    let mut edges = BTreeMap::new();
    for (module, path) in &modules {
        let text = fs::read_to_string(path).expect("a file");
        let mut imports = Imports::default();
        imports.visit_file(&syn::parse_file(&text).expect("Rust"));
        let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("a path of ours");
        let mut uses = BTreeMap::new();
        for Import { line, path } in imports.0 {
            let Some(target) = resolve(module, &path, &modules) else { continue };
            if target != *module {
                let text = text.lines().nth(line - 1).unwrap_or_default().trim();
                let said =
                    format!("{}:{line}: {text} (imports {})", shown.display(), target.join("::"));
                uses.entry(target).or_insert(said);
            }
        }
        edges.insert(module.clone(), uses);
    }
    edges
}

/// The file that a path leads to, seen from a module.
fn resolve(
    from: &[String],
    path: &[String],
    modules: &BTreeMap<Vec<String>, PathBuf>,
) -> Option<Vec<String>> {
    let mut full = match path.first()?.as_str() {
        "crate" | "latchkey" => Vec::new(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        "self" => from.to_vec(),
        // A child, in the file that declares it.
        first if modules.contains_key(&[from, &[first.to_owned()]].concat()) => from.to_vec(),
        _ => return None,
    };
    let rest =
        if matches!(path[0].as_str(), "crate" | "latchkey" | "super" | "self") { 1 } else { 0 };
    for name in &path[rest..] {
        if name == "super" {
            full.pop();
        } else {
            full.push(name.clone());
        }
    }
    (1..=full.len()).rev().map(|length| full[..length].to_vec()).find(|it| modules.contains_key(it))
}

#[test]
fn no_module_uses_what_is_above_it_or_beside_it() {
    let mut broken = Vec::new();
    for (module, uses) in edges() {
        for (target, line) in uses {
            let (from, to) = (floor(&module[0]), floor(&target[0]));
            let is_same_room = module[0] == target[0];
            if !is_same_room && (to > from || to == from && !is_open(from)) {
                broken.push(line);
            }
        }
    }
    assert!(broken.is_empty(), "imports that run up or sideways:\n{}", broken.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut edges = edges();
    for (module, uses) in &mut edges {
        // A file that declares its children may show what is in them.
        uses.retain(|target, _| target[..target.len() - 1] != module[..]);
    }
    // What imports nothing that is left is in no circle.
    loop {
        let left: BTreeSet<_> = edges.keys().cloned().collect();
        let before = edges.len();
        edges.retain(|_, uses| uses.keys().any(|target| left.contains(target)));
        if edges.len() == before {
            break;
        }
    }
    let lines: Vec<_> = edges
        .values()
        .flat_map(|uses| uses.iter().filter(|(target, _)| edges.contains_key(*target)))
        .map(|(_, line)| line.as_str())
        .collect();
    assert!(
        lines.is_empty(),
        "imports that are part of a circle, or lead to one:\n{}",
        lines.join("\n")
    );
}

#[test]
fn every_source_file_is_part_of_the_program() {
    let modules = modules();
    for (module, path) in modules.iter().filter(|(module, _)| module.len() > 1) {
        let (name, around) = module.split_last().expect("a name");
        let declared = modules.get(around).is_some_and(|file| {
            let text = fs::read_to_string(file).expect("a file");
            let declares = |line: &str| line.ends_with(&format!("mod {name};"));
            text.lines().filter_map(|line| line.split(" //").next()).any(declares)
        });
        assert!(declared, "no module declares {}", path.display());
    }
}

/// A block of code that names its file stands there, word for word.
#[test]
fn the_guide_to_a_gated_action_is_the_real_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/gate-your-own.md")).expect("the guide");
    let blocks: Vec<_> = guide
        .split("```")
        .filter_map(|block| block.strip_prefix("rust src/")?.split_once('\n'))
        .collect();
    assert!(blocks.len() > 4, "{}", blocks.len());
    for (file, code) in blocks {
        let source = fs::read_to_string(root.join("src").join(file)).expect(file);
        assert!(source.contains(code), "docs/gate-your-own.md shows of {file}:\n{code}");
    }
}
