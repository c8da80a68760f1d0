//! `skyfeed serve`.

use std::{fs, io::Write, net::TcpStream, path::Path, time::Duration};

use tempfile::TempDir;

use crate::support::{Serving, oracle, program, run};

fn serve(dir: &Path) -> Serving {
    let mut command = program();
    command.args(["serve", "--port", "0"]).arg(dir);
    Serving::start(command)
}

/// A folder beside a secret, with one file of each kind.
fn folder() -> TempDir {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("served");
    fs::create_dir_all(dir.join("an id")).unwrap();
    fs::write(root.path().join("secret.txt"), "secret").unwrap();
    for name in ["a.png", "a.jpg", "a.fits", "a.json", "a.xml", "b.wtml", ".skyfeed-lock", "an id/index.wtml"] {
        fs::write(dir.join(name), name).unwrap();
    }
    fs::copy(oracle("01_study_plain_300x200").join("expected/index_rel.wtml"), dir.join("an id/index_rel.wtml"))
        .unwrap();
    root
}

#[test]
fn each_kind_of_file_has_its_content_type() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    for (name, content_type) in [
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.fits", "application/fits"),
        ("a.json", "application/json"),
        ("a.xml", "text/xml"),
        ("b.wtml", "application/x-wtml"),
    ] {
        let answer = server.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{name}");
        assert_eq!(answer.text(), name);
    }
}

#[test]
fn every_answer_may_be_read_by_any_origin() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    for (method, path, status) in [
        ("GET", "/a.png", 200),
        ("HEAD", "/a.png", 200),
        ("GET", "/", 200),
        ("GET", "/missing", 404),
        ("POST", "/a.png", 405),
        ("DELETE", "/a.png", 405),
        ("GET", "/../secret.txt", 404),
    ] {
        let answer = server.ask(method, path, &format!("Host: {}\r\n", server.host()));
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{method} {path}");
    }
    let preflight =
        format!("Host: {}\r\nOrigin: https://x.org\r\nAccess-Control-Request-Method: GET\r\n", server.host());
    let answer = server.ask("OPTIONS", "/a.png", &preflight);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(answer.header("access-control-allow-methods"), "GET,HEAD");
}

#[test]
fn a_head_has_the_length_but_no_body() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    for path in ["/a.png", "/an%20id/index.wtml", "/"] {
        let (get, head) = (server.get(path), server.ask("HEAD", path, &format!("Host: {}\r\n", server.host())));
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[test]
fn nothing_outside_the_folder_and_nothing_hidden_is_served() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    for path in [
        "/../secret.txt",
        "/an%20id/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/.skyfeed-lock",
        "/%2eskyfeed-lock",
        "/a.png%00",
        "/a.png/",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    assert!(!server.get("/").text().contains("skyfeed-lock"));
}

#[test]
fn wtml_is_made_absolute_on_the_fly_for_the_host_that_asks() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    let answer = server.get("/an%20id/index.wtml");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-wtml"));
    let base = format!("{}an%20id/", server.url);
    assert!(answer.text().contains(&format!("Url=\"{base}{{1}}/{{3}}/{{3}}_{{2}}.png\"")), "{}", answer.text());
    assert!(answer.text().contains(&format!("Thumbnail=\"{base}thumb.jpg\"")), "{}", answer.text());

    let answer = server.ask("GET", "/an%20id/index.wtml", "Host: sky.example:81\r\n");
    assert!(answer.text().contains("Url=\"http://sky.example:81/an%20id/{1}/{3}/{3}_{2}.png\""), "{}", answer.text());
    // The relative file itself is served as it is.
    let relative = server.get("/an%20id/index_rel.wtml").body;
    assert_eq!(relative, fs::read(root.path().join("served/an id/index_rel.wtml")).unwrap());
}

#[test]
fn a_malformed_host_is_refused() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    for host in ["Host: a\"b\r\n", "Host: user@evil\r\n", "Host: <x>\r\n", "Host: \r\n"] {
        let answer = server.ask("GET", "/an%20id/index.wtml", host);
        assert_eq!(answer.status, 400, "{host:?}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[test]
fn a_broken_wtml_is_named() {
    let root = folder();
    fs::write(root.path().join("served/an id/index_rel.wtml"), "<Folder").unwrap();
    let server = serve(&root.path().join("served"));
    let answer = server.get("/an%20id/index.wtml");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("an id/index.wtml"), "{}", answer.text());
    let page = server.get("/an%20id/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("index_rel.wtml"), "{}", page.text());
}

#[test]
fn a_folder_has_a_page_with_its_places() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    let answer = server.get("/an%20id");
    assert_eq!((answer.status, answer.header("location")), (308, "/an%20id/"));
    let page = server.get("/an%20id/").text();
    assert!(page.contains("thumb.jpg"), "{page}");
    assert!(page.contains("https://worldwidetelescope.org/webclient/?wtml=http%3A%2F%2F127.0.0.1"), "{page}");
    assert!(page.contains("%2Fan%2520id%2Findex.wtml"), "{page}");
}

#[test]
fn a_range_and_a_condition_are_honoured() {
    let root = folder();
    let server = serve(&root.path().join("served"));
    let answer = server.ask("GET", "/a.png", &format!("Host: {}\r\nRange: bytes=2-4\r\n", server.host()));
    assert_eq!((answer.status, answer.text().as_str()), (206, "png"));
    let modified = server.get("/a.png").header("last-modified").to_owned();
    let condition = format!("Host: {}\r\nIf-Modified-Since: {modified}\r\n", server.host());
    assert_eq!(server.ask("GET", "/a.png", &condition).status, 304);
}

#[test]
fn a_taken_port_is_an_error_that_says_what_to_do() {
    let root = folder();
    let server = serve(root.path());
    let port = server.host().rsplit(':').next().unwrap();
    let ran = run(["serve", "--port", port, root.path().to_str().unwrap()]).exits(1);
    assert!(ran.stderr.starts_with(&format!("error: cannot listen on port {port}")), "{}", ran.stderr);
    assert!(ran.stderr.contains("--port"), "{}", ran.stderr);
}

#[test]
fn a_missing_folder_is_named() {
    let ran = run(["serve", "no-such-folder"]).exits(1);
    assert!(ran.stderr.starts_with("error: cannot serve `no-such-folder`\n  caused by: "), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_the_code_that_shells_expect() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let root = folder();
        let mut server = serve(root.path());
        assert_eq!(server.get("/").status, 200);
        crate::support::signal(&server.child, name);
        assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(code), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_while_a_request_is_half_sent() {
    let root = folder();
    let mut server = serve(root.path());
    let mut client = TcpStream::connect(server.host()).unwrap();
    client.write_all(b"GET / HT").unwrap();
    // Whoever came later is answered, so the half was seen.
    assert_eq!(server.get("/").status, 200);
    std::thread::sleep(Duration::from_millis(300));
    crate::support::signal(&server.child, "INT");
    assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(130));
    drop(client);
}

#[test]
fn without_a_folder_the_site_of_the_feed_is_served() {
    let root = TempDir::new().unwrap();
    let ran = run(["serve".as_ref(), "--feed".as_ref(), root.path().as_os_str()]).exits(1);
    assert!(ran.stderr.contains("there is no feed"), "{}", ran.stderr);
    run(["init".as_ref(), root.path().as_os_str()]).exits(0);
    std::fs::write(root.path().join("site/a.txt"), "here").unwrap();
    let mut command = program();
    command.args(["serve", "--port", "0", "--feed"]).arg(root.path());
    assert_eq!(Serving::start(command).get("/a.txt").text(), "here");
}
