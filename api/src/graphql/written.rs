//! Objects that are answered as text. async-graphql puts each field into a box of its own and each object into a map of
//! hashed names, to be written in the end; an object that is written as soon as its fields are known needs neither.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio_util::sync::ReusableBoxFuture;
use uuid::Uuid;

/// An object of the GraphQL type `T` whose answer is a [`Value::Binary`]: its JSON.
///
/// All fields are begun one after the other; those that wait for something wait together, so that one statement serves
/// the objects of a list.
pub struct Written<T>(pub T);

/// What a request brings along whose objects may be answered as text: whose document asks for none of them twice under
/// one name, in parts. async-graphql puts maps together, but no texts.
pub(crate) struct Texts {
    /// What was answered of the objects that are [`Common`].
    common: Option<Mutex<HashMap<Question, Bytes>>>,
}

/// What is asked of an object: its type, the key of its row, and the place of the document where its fields are named.
type Question = (TypeId, Uuid, usize);

impl Texts {
    /// For a query, or for what changes something or tells of changes: there one row may be told of twice, and not the
    /// same.
    pub(crate) fn new(of_query: bool) -> Self {
        Self { common: of_query.then(Mutex::default) }
    }

    #[expect(clippy::disallowed_methods, reason = "no answer depends on how it is put together")]
    fn of<'a>(ctx: &ContextSelectionSet<'a>) -> Option<&'a Self> {
        ctx.data_opt()
    }
}

impl<T: ObjectType> OutputType for Written<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match Texts::of(ctx) {
            Some(_) => Ok(object(&self.0, ctx).await),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// An object that many others lead to, with the key of its row: an organization, a node. What a query was answered of it
/// is given again wherever the same is asked.
pub struct Common<T>(pub Uuid, pub T);

impl<T: ObjectType + 'static> OutputType for Common<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Self(row, object) = self;
        // The document stays where it is as long as it is executed.
        let question: Question = (TypeId::of::<T>(), *row, std::ptr::from_ref(ctx.item).addr());
        let common = Texts::of(ctx).and_then(|texts| texts.common.as_ref());
        let known = || common.map(|known| known.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(text) = known().and_then(|known| known.get(&question).cloned()) {
            return Ok(Value::Binary(text));
        }
        let answer = Written(object).resolve(ctx, field).await?;
        if let (Some(mut known), Value::Binary(text)) = (known(), &answer) {
            known.insert(question, text.clone());
        }
        Ok(answer)
    }
}

/// A list of objects that are [`Written`].
pub struct WrittenList<T>(Vec<T>);

impl<T> FromIterator<T> for WrittenList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self(Vec::from_iter(objects))
    }
}

impl<T: ObjectType> OutputType for WrittenList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if Texts::of(ctx).is_none() {
            return self.0.resolve(ctx, field).await;
        }
        let objects = &self.0;
        let answer = |place| async move { object(&objects[place], &ctx.with_index(place)).await };
        Ok(Value::List(together(objects.len(), |place, room| begun(answer(place), room)).await))
    }
}

/// The answer of an object.
async fn object<T: ObjectType>(of: &T, ctx: &ContextSelectionSet<'_>) -> Value {
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    collect(of, ctx, &ctx.item.node, &mut fields);
    if fields.len() > FEW {
        let mut names = HashSet::with_capacity(fields.len());
        fields.retain(|field| names.insert(key(field)));
    }
    let answer = |field| async move {
        let field: &Positioned<Field> = field;
        if field.node.name.node == "__typename" {
            return Value::String(of.introspection_type_name().into_owned());
        }
        let here = ctx.with_field(field);
        let answered = of.resolve_field(&here).await;
        answered.map(Option::unwrap_or_default).unwrap_or_else(|error| {
            ctx.add_error(error);
            Value::Null
        })
    };
    let values = together(fields.len(), |place, room| begun(answer(fields[place]), room)).await;
    // Where something failed, null has yet to find its place.
    match ctx.query_env.errors.lock().is_ok_and(|errors| errors.is_empty()) {
        true => Value::Binary(text(&fields, &values)),
        false => Value::Object(fields.iter().map(|field| key(field).clone()).zip(values).collect()),
    }
}

/// An answer that was begun. Answers of one size take turns in the same memory.
type Begun<'a> = ReusableBoxFuture<'a, Value>;

fn begun<'a>(answer: impl Future<Output = Value> + Send + 'a, room: Option<Begun<'a>>) -> Begun<'a> {
    match room {
        None => Begun::new(answer),
        Some(mut room) => {
            room.set(answer);
            room
        }
    }
}

/// What comes of `count` answers that are begun one after the other and wait together. Whoever begins one may put it
/// where another is over.
async fn together<'a>(count: usize, begin: impl Fn(usize, Option<Begun<'a>>) -> Begun<'a>) -> Vec<Value> {
    let (mut values, mut waiting, mut room) = (Vec::with_capacity(count), Vec::new(), None);
    for place in 0..count {
        let mut answer = begin(place, room.take());
        values.push(match poll_fn(|cx| Poll::Ready(answer.poll(cx))).await {
            Poll::Ready(value) => {
                room = Some(answer);
                value
            }
            Poll::Pending => {
                waiting.push(answer.map(move |value| (place, value)));
                Value::Null
            }
        });
    }
    for (place, value) in join_all(waiting).await {
        values[place] = value;
    }
    values
}

fn key(field: &Positioned<Field>) -> &Name {
    &field.node.response_key().node
}

/// Fields up to which names are compared with each other. Of more they are hashed: so many comparisons would take longer.
const FEW: usize = 32;

/// The fields of an object that `set` asks for; as long as they are few each once. What is asked for twice is no object, or
/// else there are no [`Texts`].
fn collect<'a, T: ObjectType>(
    of: &T,
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    asked: &mut Vec<&'a Positioned<Field>>,
) {
    let applies = |on: &Name| {
        let name = of.introspection_type_name();
        let interfaces = ctx.schema_env.registry.implements.get(&*name);
        *on == *name || interfaces.is_some_and(|interfaces| interfaces.contains(on.as_str()))
    };
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                if asked.len() > FEW || !asked.iter().any(|known| key(known) == key(field)) {
                    asked.push(field);
                }
            }
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref();
                if on.is_none_or(|on| applies(&on.node.on.node)) {
                    collect(of, ctx, &inline.node.selection_set.node, asked);
                }
            }
            Selection::FragmentSpread(spread) => {
                let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node);
                if let Some(fragment) = fragment.filter(|it| applies(&it.node.type_condition.node.on.node)) {
                    collect(of, ctx, &fragment.node.selection_set.node, asked);
                }
            }
        }
    }
}

fn text(fields: &[&Positioned<Field>], values: &[Value]) -> Bytes {
    let members = || fields.iter().map(|field| key(field)).zip(values);
    let mut text = Vec::with_capacity(members().map(|(key, value)| key.len() + 4 + length(value)).sum());
    write_fields(members(), &mut text);
    text.into_boxed_slice().into()
}

/// About how long a value is as JSON.
fn length(value: &Value) -> usize {
    match value {
        Value::Binary(text) => text.len(),
        Value::String(text) => text.len() + 2,
        Value::List(items) => 2 + items.iter().map(|item| length(item) + 1).sum::<usize>(),
        _ => 16,
    }
}

/// A value as JSON.
pub(crate) fn written(value: &Value) -> String {
    let mut text = Vec::with_capacity(length(value));
    write(value, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Adds `value` to `text` as JSON; what is text already as it is.
fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Binary(written) => text.extend_from_slice(written),
        Value::List(items) => {
            text.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(b',');
                }
                write(item, text);
            }
            text.push(b']');
        }
        Value::Object(fields) => write_fields(fields.iter(), text),
        // Neither a text nor a number can fail to be written to memory.
        Value::String(plain) => drop(serde_json::to_writer(text, plain)),
        plain => drop(serde_json::to_writer(text, plain)),
    }
}

fn write_fields<'a>(fields: impl Iterator<Item = (&'a Name, &'a Value)>, text: &mut Vec<u8>) {
    text.push(b'{');
    for (place, (key, value)) in fields.enumerate() {
        if place > 0 {
            text.push(b',');
        }
        drop(serde_json::to_writer(&mut *text, key.as_str()));
        text.push(b':');
        write(value, text);
    }
    text.push(b'}');
}
