internal import Foundation

/// The files of the page. They are part of the program, so that it can be moved and copied alone.
enum Pages {
    /// The page's files by path.
    static let routes: [String: WebRoute] = [
        "/": file(PackageResources.index_html, "text/html; charset=utf-8"),
        "/style.css": file(PackageResources.style_css, "text/css; charset=utf-8"),
        "/favicon.svg": file(PackageResources.favicon_svg, "image/svg+xml"),
        "/main.js": script(PackageResources.main_js), "/api.js": script(PackageResources.api_js),
        "/chart.js": script(PackageResources.chart_js), "/format.js": script(PackageResources.format_js),
        "/history.js": script(PackageResources.history_js), "/picture.js": script(PackageResources.picture_js),
        "/status.js": script(PackageResources.status_js), "/tables.js": script(PackageResources.tables_js),
    ]

    private static func script(_ bytes: [UInt8]) -> WebRoute { file(bytes, "text/javascript; charset=utf-8") }

    private static func file(_ bytes: [UInt8], _ type: String) -> WebRoute {
        let reply = WebReply(Data(bytes), type: type)
        return { _ in reply }
    }
}
