//! The codes and names of organizations and nodes.

use std::collections::{BTreeMap, HashMap};

use entity::*;
use uuid::Uuid;

use crate::dossier::content::{Content, Organization, Pillar, Progress};
use crate::error::Result;
use crate::graphql::global;
use crate::store::{Read, Tx};

/// The organizations and nodes that a dossier may name.
pub(super) struct Names {
    organizations: HashMap<Uuid, organization::Model>,
    nodes: HashMap<Uuid, node::Model>,
}

impl Names {
    pub(super) async fn read(tx: &Tx) -> Result<Self> {
        let organizations = tx.every(tx.find::<organization::Entity>()).await?;
        let nodes = tx.every(tx.find::<node::Entity>()).await?;
        Ok(Self {
            organizations: organizations.into_iter().map(|row| (row.id, row)).collect(),
            nodes: nodes.into_iter().map(|row| (row.id, row)).collect(),
        })
    }

    /// The code of an organization.
    pub(super) fn organization(&self, id: Uuid) -> String {
        self.organizations.get(&id).map(|row| row.code.clone()).unwrap_or_default()
    }

    pub(super) fn node(&self, id: Uuid) -> Option<&node::Model> {
        self.nodes.get(&id)
    }

    /// The code of a node.
    pub(super) fn code(&self, id: Option<Uuid>) -> Option<String> {
        Some(self.node(id?)?.code.clone())
    }

    /// The pillar at or above a node.
    pub(super) fn pillar(&self, id: Option<Uuid>) -> Option<String> {
        let mut node = self.node(id?)?;
        while node.level != NodeLevel::Pillar {
            node = self.node(node.parent_id?)?;
        }
        Some(node.code.clone())
    }

    /// The nodes of a framework on one level, in the tree's order.
    pub(super) fn on_level(&self, framework: Uuid, level: NodeLevel) -> Vec<&node::Model> {
        let mut nodes: Vec<&node::Model> = self
            .nodes
            .values()
            .filter(|node| node.framework_id == framework && node.level == level)
            .collect();
        nodes.sort_by_key(|node| node.position);
        nodes
    }

    pub(super) fn pillars(&self, framework: Uuid) -> Vec<Pillar> {
        let pillar = |node: &node::Model| Pillar {
            code: node.code.clone(),
            name_vi: node.name_vi.clone(),
            name_en: node.name_en.clone(),
            progress: Progress::default(),
        };
        self.on_level(framework, NodeLevel::Pillar).into_iter().map(pillar).collect()
    }

    /// The organizations that the content names, by code, and how far their assignments are.
    pub(super) fn organizations_of(&self, content: &Content) -> Vec<Organization> {
        let mut progress: BTreeMap<&str, Progress> = BTreeMap::new();
        for assignment in content.tasks.iter().flat_map(|task| &task.assignments) {
            progress.entry(&assignment.organization).or_default().add(assignment);
        }
        let responses = content.requests.iter().flat_map(|request| &request.responses);
        let replications = content.models.iter().flat_map(|model| &model.replications);
        let others = (content.values.iter().filter_map(|value| value.organization.as_ref()))
            .chain(responses.map(|response| &response.organization))
            .chain(content.obstacles.iter().map(|obstacle| &obstacle.organization))
            .chain(content.models.iter().map(|model| &model.organization))
            .chain(replications.map(|replication| &replication.organization))
            .chain(content.outreach.iter().map(|activity| &activity.organization))
            .chain(content.missing.iter().filter_map(|missing| missing.organization.as_ref()));
        for code in others {
            progress.entry(code).or_default();
        }
        let rows: HashMap<&str, &organization::Model> =
            self.organizations.values().map(|row| (row.code.as_str(), row)).collect();
        let organization = |(code, progress): (&str, Progress)| {
            let row = rows.get(code)?;
            Some(Organization {
                id: global::<organization::Entity>(row.id),
                code: row.code.clone(),
                name_vi: row.name_vi.clone(),
                name_en: row.name_en.clone(),
                kind: row.kind,
                progress,
            })
        };
        progress.into_iter().filter_map(organization).collect()
    }
}
