internal import Foundation

/// Where the web view is served and to whom, as the command line says it.
public struct WebAccess: Sendable {
    /// Where it listens.
    public let address: WebAddress
    let token: String?

    /// The shortest token that is taken.
    private static let leastToken = 16

    /// `allowsRemote` is needed, and a token, for an address that other machines can reach. The token is the first line
    /// of `tokenFile`, or else `environmentToken`.
    public init(
        address: String, allowsRemote: Bool, tokenFile: String?, environmentToken: String?
    ) throws(WebError) {
        self.address = try WebAddress(address)
        token = try Self.token(file: tokenFile, environment: environmentToken)
        guard !self.address.isLoopback else { return }
        guard allowsRemote else {
            throw WebError(
                "--metrics \(address) could be reached from other machines: use 127.0.0.1 and ssh -L, or add "
                    + "--metrics-allow-remote and a token", isUsage: true)
        }
        guard token != nil else {
            throw WebError(
                "--metrics-allow-remote needs a token: name a file with --metrics-token-file, or set "
                    + "DENSEHYBRID_METRICS_TOKEN", isUsage: true)
        }
    }

    private static func token(file: String?, environment: String?) throws(WebError) -> String? {
        let source: String
        let text: String
        if let file {
            guard let content = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw WebError("cannot read the token in \(file): name a text file with --metrics-token-file")
            }
            source = file
            text = content
        } else if let environment, !environment.isEmpty {
            source = "DENSEHYBRID_METRICS_TOKEN"
            text = environment
        } else {
            return nil
        }
        let token = String(text.prefix { !$0.isNewline })
        guard token.utf8.count >= leastToken, token.utf8.allSatisfy({ 33...126 ~= $0 }) else {
            throw WebError(
                "the token in \(source) must be \(leastToken) or more printable ASCII characters without spaces; make "
                    + "one with: openssl rand -hex 16", isUsage: true)
        }
        return token
    }
}
