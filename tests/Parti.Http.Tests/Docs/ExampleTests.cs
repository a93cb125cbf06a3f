using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Parti.Cli;
using Parti.Cli.Commands;

namespace Parti.Http.Tests.Docs;

/// <summary>What the documents say can be typed and asked, held against the program.</summary>
public sealed partial class ExampleTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Documents = ["README.md", "docs/http.md", "docs/openai.md", "docs/configuration.md", "docs/models.md", "docs/training.md", "docs/data.md", "docs/performance.md", "models/demo/README.md", "models/emoji/README.md"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> CurlCommands() => [.. Documents.SelectMany(path => new Document(path).Commands()).Where(line => line.StartsWith("curl ", StringComparison.Ordinal)).Distinct()];

    public static TheoryData<string> PartiCommands() => [.. Documents.SelectMany(path => new Document(path).PartiCommands()).Distinct()];

    /// <summary>Typed as it stands, but for the server's address.</summary>
    [Theory]
    [MemberData(nameof(CurlCommands))]
    public async Task Curl_AsDocumented_MakesAPicture(string command)
    {
        (int code, string output) = await BashAsync(command.Replace("http://127.0.0.1:8080", server.Server, StringComparison.Ordinal));

        Assert.Equal(0, code);
        Assert.Equal("succeeded", JsonNode.Parse(output)!.State());
    }

    [Theory]
    [MemberData(nameof(PartiCommands))]
    public void Parti_AsDocumented_IsUnderstood(string arguments)
    {
        string[] words = [.. Word().Matches(arguments).Select(match => match.Value.Trim('"'))];

        ParseResult parsed = RootCommandFactory.Create(new CliContext(TextWriter.Null, TextWriter.Null)).Parse(words);

        // A word in capitals stands for a path of the reader's own.
        Assert.DoesNotContain(parsed.Errors, error => !Capitals().IsMatch(error.Message));
        Assert.NotEqual(parsed.RootCommandResult, parsed.CommandResult);
    }

    [Fact]
    public void Examples_OfTheDocuments_AreFound()
    {
        Assert.InRange(CurlCommands().Count, 2, 1000);
        Assert.InRange(PartiCommands().Count, 12, 1000);
    }

    [Fact]
    public void Routes_OfTheDocuments_AreThoseOfTheServer()
    {
        string[] served = [.. Served()], named = [.. new Document("docs/http.md").Routes().Concat(new Document("docs/openai.md").Routes())];

        Assert.InRange(named.Length, 20, 1000);
        Assert.DoesNotContain(named.Except(served), route => !route.EndsWith('…'));
        Assert.Empty(served.Where(route => route.Contains(" /api/", StringComparison.Ordinal) && !route.StartsWith("HEAD", StringComparison.Ordinal)).Except(named));
    }

    [Fact]
    public async Task OpenApi_Document_IsValidAndHasEveryRoute()
    {
        string text = await server.Http.GetStringAsync("/openapi/v1.json", Token);

        ReadResult read = OpenApiDocument.Parse(text, OpenApiConstants.Json);

        Assert.Empty(read.Diagnostic!.Errors);
        string[] described = [.. read.Document!.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {Document.Plain(path.Key)}"))];
        Assert.Empty(Served().Where(route => route.Contains(" /api/", StringComparison.Ordinal) || route.Contains(" /v1/", StringComparison.Ordinal)).Except(described));
    }

    /// <summary>All that the page asks for comes from this server, and its policy lets a browser ask nobody else.</summary>
    [Fact]
    public async Task Docs_Page_HasAllItNeedsFromThisServer()
    {
        using HttpResponseMessage page = await server.Http.GetAsync("/docs/", Token);
        string html = await page.Content.ReadAsStringAsync(Token);
        string[] asked = [.. Link().Matches(html).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("data:", StringComparison.Ordinal))];

        Assert.Contains("/openapi/v1.json", html.Replace("openapi\\/", "openapi/", StringComparison.Ordinal).Replace("\"openapi", "\"/openapi", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEmpty(asked);
        foreach (string link in asked)
        {
            Uri address = new(page.RequestMessage!.RequestUri!, link);
            using HttpResponseMessage answer = await server.Http.GetAsync(address, Token);
            Assert.True(address.Authority == server.Url.Authority && answer.IsSuccessStatusCode, $"{address}: {(int)answer.StatusCode}");
        }

        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    private IEnumerable<string> Served() =>
        from source in server.Services.GetServices<EndpointDataSource>()
        from endpoint in source.Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true }
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
        select $"{method} {Document.Plain(endpoint.RoutePattern.RawText!)}";

    private static async Task<(int Code, string Output)> BashAsync(string command)
    {
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, ArgumentList = { "-c", command } };
        start.Environment["no_proxy"] = "*";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output);
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b[A-Z]{4,}\b")]
    private static partial Regex Capitals();

    [GeneratedRegex("(?:src|href)=\"([^\"#]+)\"")]
    private static partial Regex Link();
}
