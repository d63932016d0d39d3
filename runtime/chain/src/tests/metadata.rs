//! Our metadata, item by item, against the published interface written down in `runtime/interface`.

use crate::Runtime;
use codec::Decode;
use frame_metadata::{
    v14::{PalletConstantMetadata, PalletMetadata, RuntimeMetadataV14, StorageEntryMetadata},
    v14::{StorageEntryModifier, StorageEntryType},
    RuntimeMetadata,
};
use scale_info::{form::PortableForm, Field, Path, PortableRegistry, TypeDef, Variant};
use serde_json::Value;
use std::collections::BTreeSet;

type Pallet = PalletMetadata<PortableForm>;

fn published() -> Value {
    serde_json::from_str(include_str!("../../../interface/interbtc.json")).expect("the interface is JSON")
}

fn ours() -> RuntimeMetadataV14 {
    match Runtime::metadata().1 {
        RuntimeMetadata::V14(metadata) => metadata,
        _ => panic!("the runtime gives metadata 14"),
    }
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|line| line.as_str().map(String::from)).collect()
}

/// The name of a type: the last of its path, but for those that the interface file names more clearly.
fn ident(path: &Path<PortableForm>) -> String {
    match path.to_string().as_str() {
        "bitcoin::address::Address" => "BtcAddress".into(),
        "bitcoin::address::PublicKey" => "BtcPublicKey".into(),
        "interbtc_primitives::oracle::Key" => "OracleKey".into(),
        _ => path.ident().unwrap_or_default(),
    }
}

/// A type as the interface file writes it.
fn name(types: &PortableRegistry, id: u32) -> String {
    let ty = types.resolve(id).expect("every type is in the registry");
    let joined = |ids: Vec<u32>| ids.into_iter().map(|id| name(types, id)).collect::<Vec<_>>().join(", ");
    match &ty.type_def {
        TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
        TypeDef::Compact(compact) => format!("Compact<{}>", name(types, compact.type_param.id)),
        TypeDef::Sequence(sequence) => format!("Vec<{}>", name(types, sequence.type_param.id)),
        TypeDef::Array(array) => format!("[{}; {}]", name(types, array.type_param.id), array.len),
        TypeDef::Tuple(tuple) => format!("({})", joined(tuple.fields.iter().map(|field| field.id).collect())),
        TypeDef::Composite(composite) if ty.path.ident().as_deref() == Some("BoundedVec") => {
            name(types, composite.fields[0].ty.id)
        }
        _ => {
            let ident = ident(&ty.path);
            let parameters = ty.type_params.iter().filter_map(|parameter| parameter.ty).map(|ty| ty.id);
            if ident == "Option" { format!("Option<{}>", joined(parameters.collect())) } else { ident }
        }
    }
}

fn field(types: &PortableRegistry, field: &Field<PortableForm>) -> String {
    let ty = name(types, field.ty.id);
    field.name.as_ref().map_or(ty.clone(), |name| format!("{name}: {ty}"))
}

fn variants(types: &PortableRegistry, id: u32) -> Vec<Variant<PortableForm>> {
    match &types.resolve(id).expect("every type is in the registry").type_def {
        TypeDef::Variant(variant) => variant.variants.clone(),
        _ => panic!("calls, events and errors are variants"),
    }
}

/// Variants with the names and types of their fields.
fn full(types: &PortableRegistry, variants: &[Variant<PortableForm>]) -> Vec<String> {
    variants
        .iter()
        .map(|v| {
            let fields: Vec<_> = v.fields.iter().map(|f| field(types, f)).collect();
            if fields.is_empty() { format!("{} {}", v.index, v.name) } else { format!("{} {}({})", v.index, v.name, fields.join(", ")) }
        })
        .collect()
}

/// Calls or events in the order of their indices.
fn listed(types: &PortableRegistry, ids: Option<u32>) -> Vec<String> {
    let mut all: Vec<_> = ids.into_iter().flat_map(|id| variants(types, id)).collect();
    all.sort_by_key(|v| v.index);
    full(types, &all)
}

fn errors(types: &PortableRegistry, pallet: &Pallet) -> Vec<String> {
    let mut all: Vec<_> = pallet.error.iter().flat_map(|error| variants(types, error.ty.id)).collect();
    all.sort_by_key(|v| v.index);
    assert!(all.iter().enumerate().all(|(position, v)| usize::from(v.index) == position), "{}: a gap", pallet.name);
    all.into_iter().map(|v| v.name).collect()
}

fn entry(types: &PortableRegistry, entry: &StorageEntryMetadata<PortableForm>) -> String {
    let optional = entry.modifier == StorageEntryModifier::Optional;
    let value = |id| if optional { format!("Option<{}>", name(types, id)) } else { name(types, id) };
    match &entry.ty {
        StorageEntryType::Plain(ty) => format!("{}: {}", entry.name, value(ty.id)),
        StorageEntryType::Map { hashers, key, value: of } => {
            let keys = match (&types.resolve(key.id).expect("the key is in the registry").type_def, hashers.len()) {
                (TypeDef::Tuple(tuple), 2..) => tuple.fields.iter().map(|field| field.id).collect(),
                _ => vec![key.id],
            };
            let keys: Vec<_> = hashers.iter().zip(keys).map(|(hasher, key)| format!("{hasher:?}({})", name(types, key))).collect();
            format!("{}: {} -> {}", entry.name, keys.join(", "), value(of.id))
        }
    }
}

fn constant(types: &PortableRegistry, constant: &PalletConstantMetadata<PortableForm>) -> [String; 2] {
    let bare = format!("{}: {}", constant.name, name(types, constant.ty.id));
    let value = u32::decode(&mut &constant.value[..]).unwrap_or_default();
    [format!("{bare} = {value}"), bare]
}

/// What is before the colon, with the pallet's name.
fn item(pallet: &str, line: &str) -> String {
    format!("{pallet}.{}", line.split(':').next().unwrap_or_default())
}

/// Every published line is ours, and every other line of ours is declared as beyond.
fn compare(pallet: &str, kind: &str, ours: Vec<String>, published: &Value, beyond: &BTreeSet<String>) {
    let published = lines(published);
    for line in &published {
        assert!(ours.contains(line), "{pallet}: {kind} `{line}` is published; ours are {ours:#?}");
    }
    for line in ours.iter().filter(|line| !published.contains(line)) {
        assert!(beyond.contains(&item(pallet, line)), "{pallet}: {kind} `{line}` is ours but neither published nor declared");
    }
}

#[test]
fn pallets_have_the_published_indices_calls_events_errors_storage_and_constants() {
    let (published, ours) = (published(), ours());
    let set = |kind: &str| lines(&published["beyond"][kind]).into_iter().collect::<BTreeSet<_>>();
    let pallets = published["pallets"].as_object().expect("pallets are an object");
    assert_eq!(pallets.len(), ours.pallets.len());
    for (name, expected) in pallets {
        let pallet = ours.pallets.iter().find(|p| p.name == *name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(u64::from(pallet.index), expected["index"].as_u64().unwrap_or(999), "{name}");
        if expected.get("calls").is_none() {
            continue; // stock pallets
        }
        let types = &ours.types;
        #[cfg(not(feature = "upgrade"))]
        assert_eq!(listed(types, pallet.calls.as_ref().map(|c| c.ty.id)), lines(&expected["calls"]), "{name}: calls");
        assert_eq!(listed(types, pallet.event.as_ref().map(|e| e.ty.id)), lines(&expected["events"]), "{name}: events");
        if let Some(expected) = expected.get("errors") {
            assert_eq!(errors(types, pallet), lines(expected), "{name}: errors");
        }
        let storage = pallet.storage.iter().flat_map(|storage| &storage.entries);
        assert!(pallet.storage.as_ref().is_none_or(|storage| storage.prefix == *name));
        compare(name, "storage", storage.map(|e| entry(types, e)).collect(), &expected["storage"], &set("storage"));
        let wanted = lines(&expected["constants"]);
        let constants = pallet.constants.iter().map(|c| {
            let [with_value, bare] = constant(types, c);
            if wanted.contains(&with_value) { with_value } else { bare }
        });
        compare(name, "constants", constants.collect(), &expected["constants"], &set("constants"));
    }
}

#[test]
fn types_have_the_published_fields_and_variants_in_order() {
    let (published, ours) = (published(), ours());
    for (ident, expected) in published["types"].as_object().expect("types are an object") {
        let expected = lines(expected);
        let mut seen = Vec::new();
        for ty in ours.types.types.iter().filter(|ty| self::ident(&ty.ty.path) == *ident) {
            seen.push(match &ty.ty.type_def {
                TypeDef::Composite(composite) => composite.fields.iter().map(|f| field(&ours.types, f)).collect(),
                TypeDef::Variant(variant) => full(&ours.types, &variant.variants),
                _ => vec![],
            });
        }
        assert!(seen.contains(&expected), "{ident} is published as {expected:#?}; ours: {seen:#?}");
    }
}

#[test]
fn a_signer_finds_the_published_extensions_and_a_bare_account_id() {
    let (published, ours) = (published(), ours());
    let extensions: Vec<_> = ours.extrinsic.signed_extensions.iter().map(|e| e.identifier.clone()).collect();
    assert_eq!(extensions, lines(&published["extensions"]));
    let extrinsic = ours.types.resolve(ours.extrinsic.ty.id).expect("the extrinsic is in the registry");
    let address = extrinsic.type_params.iter().find(|p| p.name == "Address").and_then(|p| p.ty).expect("it has an address");
    assert_eq!(Some(name(&ours.types, address.id).as_str()), published["signer"].as_str());
}

#[test]
fn what_is_said_to_be_left_out_is_left_out() {
    let (published, ours) = (published(), ours());
    for pallet in lines(&published["leftOut"]["pallets"]) {
        assert!(ours.pallets.iter().all(|p| p.name != pallet), "{pallet}");
    }
    for call in lines(&published["leftOut"]["calls"]) {
        let (pallet, call) = call.split_once('.').expect("Pallet.call");
        let pallet = ours.pallets.iter().find(|p| p.name == pallet).expect("the pallet is there");
        assert!(pallet.calls.iter().flat_map(|c| variants(&ours.types, c.ty.id)).all(|v| v.name != call), "{call}");
    }
}
