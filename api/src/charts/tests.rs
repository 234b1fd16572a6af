use super::samples::{self, all, gaps, history, radar, ranking, what_if};
use super::*;
use resvg::usvg::roxmltree::Document;

/// For people: `PICTURES=folder cargo test -p api charts -- --ignored` writes every sample there.
#[test]
#[ignore = "writes files to look at"]
fn pictures_to_look_at() {
    let folder = std::env::var("PICTURES").unwrap();
    for (name, picture) in all() {
        let start = std::time::Instant::now();
        let svg = picture.svg().unwrap();
        let drawn = start.elapsed();
        let png = picture.png(1200).unwrap();
        println!("{name}: svg {} B {drawn:?}, png {} B {:?}", svg.len(), png.len(), start.elapsed() - drawn);
        std::fs::write(format!("{folder}/{name}.svg"), svg).unwrap();
        std::fs::write(format!("{folder}/{name}.png"), png).unwrap();
        std::fs::write(format!("{folder}/{name}.txt"), picture.alt()).unwrap();
    }
}
