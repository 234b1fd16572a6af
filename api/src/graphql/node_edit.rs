//! The tree of a draft: adding, changing and removing its nodes. For the coordinator.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT, given, maybe};
use super::framework::{Framework, FrameworkNode};
use super::framework_edit::{FrameworkPayload, hold_draft, touch, tree};
use super::id;
use super::payload::payload;
use crate::error::{Code, Problem, Result};
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};

/// A new node of a draft, placed last among its siblings.
#[derive(InputObject)]
pub struct NodeCreateInput {
    /// The node above; its level decides the new node's.
    parent_id: ID,
    /// Code, unique among the framework version's nodes and denominators.
    code: String,
    /// Name in Vietnamese.
    name_vi: String,
    /// Name in English.
    name_en: String,
    /// Weight among its siblings, above 0.
    #[graphql(default = 1.0)]
    weight: f64,
    /// What is measured; required for an indicator and for nothing else.
    indicator: Option<MeasureInput>,
}

/// What is measured at a new indicator.
#[derive(InputObject)]
pub struct MeasureInput {
    /// Unit of the raw value.
    unit: String,
    /// Whether more is better.
    direction: Direction,
    /// Where the raw value comes from.
    data_source: String,
    /// The same indicator in an earlier framework version.
    supersedes_id: Option<ID>,
}

/// Changes of a node of a draft: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct NodeUpdateInput {
    /// Code, unique among the framework version's nodes and denominators.
    code: Option<String>,
    /// Name in Vietnamese.
    name_vi: Option<String>,
    /// Name in English.
    name_en: Option<String>,
    /// Weight among its siblings, above 0.
    weight: Option<f64>,
    /// How its children make its score, where that differs from the framework's.
    aggregation: MaybeUndefined<Aggregation>,
    /// What a reader should know about it.
    note: MaybeUndefined<String>,
}

payload! {
    /// What came of writing a node.
    NodePayload {
        /// The node as it is now.
        node: FrameworkNode
    }
}

/// Mutations of a draft's nodes.
#[derive(Default)]
pub struct NodeMutation;

#[Object]
impl NodeMutation {
    /// Adds a node to a draft. For the coordinator.
    async fn node_create(&self, ctx: &Context<'_>, input: NodeCreateInput) -> Result<Option<NodePayload>> {
        NodePayload::of(node_create(ctx, input).await)
    }

    /// Changes a node of a draft. For the coordinator.
    async fn node_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: NodeUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<NodePayload>> {
        NodePayload::of(node_update(ctx, id, input, expected_version).await)
    }

    /// Removes a node without children from a draft. For the coordinator.
    async fn node_delete(&self, ctx: &Context<'_>, id: ID) -> Result<Option<FrameworkPayload>> {
        FrameworkPayload::of(node_delete(ctx, id).await)
    }
}

/// The level below.
fn below(level: NodeLevel) -> Option<NodeLevel> {
    match level {
        NodeLevel::Index => Some(NodeLevel::SubIndex),
        NodeLevel::SubIndex => Some(NodeLevel::Pillar),
        NodeLevel::Pillar => Some(NodeLevel::Group),
        NodeLevel::Group => Some(NodeLevel::Indicator),
        NodeLevel::Indicator => None,
    }
}

fn weight(check: &mut Check, weight: f64) -> f64 {
    const MOST: f64 = 1e6;
    if !(weight > 0.0 && weight <= MOST) {
        check.problem_with("weight", Code::OutOfRange, format_args!("0–{MOST}"));
    }
    weight
}

/// Nodes and denominators head the columns of one table, in the engine and in files of figures.
async fn no_denominator(tx: &Tx, framework: Uuid, code: &str) -> Result<()> {
    let alike = tx.find::<denominator::Entity>().filter(denominator::Column::FrameworkId.eq(framework));
    match tx.exists(alike.filter(denominator::Column::Code.eq(code))).await? {
        true => Err(Problem::new("input.code", Code::Taken).into()),
        false => Ok(()),
    }
}

async fn node_create(ctx: &Context<'_>, input: NodeCreateInput) -> Result<FrameworkNode> {
    let world = &ctx.app()?.world;
    let mut check = Check::new("input");
    let parent = check.id::<node::Entity>("parentId", &input.parent_id);
    let code = check.text("code", &input.code, CODE);
    let (name_vi, name_en) =
        (check.text("nameVi", &input.name_vi, LINE), check.text("nameEn", &input.name_en, LINE));
    let weight = weight(&mut check, input.weight);
    let measure = input.indicator.as_ref().map(|measure| indicator::ActiveModel {
        unit: Set(check.text("indicator.unit", &measure.unit, LINE)),
        direction: Set(measure.direction),
        data_source: Set(check.text("indicator.dataSource", &measure.data_source, LINE)),
        supersedes_id: Set(
            check.optional_id::<indicator::Entity>("indicator.supersedesId", measure.supersedes_id.as_ref())
        ),
        ..Default::default()
    });
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<node::Entity>(Verb::Create)?;
    let parent = tx.get::<node::Entity>(parent).await.map_err(|error| error.at("input.parentId"))?;
    let framework = hold_draft(&tx, parent.framework_id, "input.parentId").await?;
    let mut check = Check::new("input");
    let level = below(parent.level).unwrap_or_else(|| {
        check.problem_with("parentId", Code::InvalidState, "INDICATOR");
        NodeLevel::Indicator
    });
    if measure.is_some() != (level == NodeLevel::Indicator) {
        check.problem("indicator", Code::Required);
    }
    check.done()?;
    if let Some(indicator::ActiveModel { supersedes_id: Set(Some(before)), .. }) = &measure {
        tx.get::<indicator::Entity>(*before)
            .await
            .map_err(|error| error.at("input.indicator.supersedesId"))?;
    }
    no_denominator(&tx, framework.id, &code).await?;
    touch(&tx, &framework).await?;
    let nodes = tree(&tx, framework.id).await?;
    let position = last_of_subtree(&nodes, parent.id) + 1;
    for later in nodes.iter().filter(|node| node.position >= position).rev() {
        let held = tx.hold::<node::Entity>(later.id, Verb::Update).await?;
        tx.update(&held, None, node::ActiveModel { position: Set(later.position + 1), ..Default::default() })
            .await?;
    }
    let row = node::ActiveModel {
        id: Set(world.uuid()),
        framework_id: Set(framework.id),
        parent_id: Set(Some(parent.id)),
        level: Set(level),
        code: Set(code),
        name_vi: Set(name_vi),
        name_en: Set(name_en),
        position: Set(position),
        weight: Set(weight),
        provenance: Set(Provenance::Entered),
        ..Default::default()
    };
    let row = tx.insert::<node::Entity>(row).await.map_err(|error| error.at("input.code"))?;
    tx.add_words::<node::Entity>(std::slice::from_ref(&row)).await?;
    if let Some(measure) = measure {
        tx.insert::<indicator::Entity>(indicator::ActiveModel { id: Set(row.id), ..measure }).await?;
    }
    tx.commit().await?;
    Ok(FrameworkNode(row.into()))
}

/// The greatest position among a node and all below it; `nodes` are in depth-first order.
fn last_of_subtree(nodes: &[node::Model], root: Uuid) -> i32 {
    let mut within = vec![root];
    let mut last = 0;
    for node in nodes {
        if node.id == root || node.parent_id.is_some_and(|parent| within.contains(&parent)) {
            within.push(node.id);
            last = node.position;
        }
    }
    last
}

/// The node of a draft with this id, to be changed.
async fn hold_node(tx: &Tx, id: &ID, verb: Verb) -> Result<(Held<framework::Entity>, Held<node::Entity>)> {
    let key = id::parse::<node::Entity>(id, "id")?;
    let node = tx.get::<node::Entity>(key).await?;
    let framework = hold_draft(tx, node.framework_id, "id").await?;
    Ok((framework, tx.hold::<node::Entity>(key, verb).await?))
}

async fn node_update(
    ctx: &Context<'_>,
    id: ID,
    input: NodeUpdateInput,
    expected: Option<i32>,
) -> Result<FrameworkNode> {
    let tx = ctx.store()?.begin().await?;
    let (framework, held) = hold_node(&tx, &id, Verb::Update).await?;
    let mut check = Check::new("input");
    let change = node::ActiveModel {
        code: check.change_required("code", &input.code, CODE),
        name_vi: check.change_required("nameVi", &input.name_vi, LINE),
        name_en: check.change_required("nameEn", &input.name_en, LINE),
        weight: given(input.weight.map(|value| weight(&mut check, value))),
        aggregation: maybe(input.aggregation),
        note: check.change("note", &input.note, TEXT),
        ..Default::default()
    };
    check.done()?;
    if let Set(code) = &change.code {
        no_denominator(&tx, framework.id, code).await?;
    }
    let row = tx.update(&held, expected, change).await.map_err(|error| error.at("input.code"))?;
    tx.index_words::<node::Entity>(&row).await?;
    touch(&tx, &framework).await?;
    tx.commit().await?;
    Ok(FrameworkNode(row.into()))
}

async fn node_delete(ctx: &Context<'_>, id: ID) -> Result<Framework> {
    let tx = ctx.store()?.begin().await?;
    let (framework, held) = hold_node(&tx, &id, Verb::Delete).await?;
    let children = tx.find::<node::Entity>().filter(node::Column::ParentId.eq(held.id));
    if held.parent_id.is_none() || tx.exists(children).await? {
        return Err(Problem::new("id", Code::HasChildren).into());
    }
    if held.level == NodeLevel::Indicator {
        tx.delete(tx.hold::<indicator::Entity>(held.id, Verb::Delete).await?).await?;
    }
    let (position, node) = (held.position, held.id);
    tx.forget_words::<node::Entity>(node).await?;
    tx.delete(held).await?;
    for later in tree(&tx, framework.id).await?.iter().filter(|node| node.position > position) {
        let held = tx.hold::<node::Entity>(later.id, Verb::Update).await?;
        tx.update(&held, None, node::ActiveModel { position: Set(later.position - 1), ..Default::default() })
            .await?;
    }
    let framework = touch(&tx, &framework).await?;
    tx.commit().await?;
    Ok(Framework(framework.into()))
}
