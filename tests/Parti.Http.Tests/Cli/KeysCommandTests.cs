using System.Net;
using Parti.Cli;

namespace Parti.Http.Tests.Cli;

public sealed class KeysCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task New_PrintedSettings_LetThePrintedKeyInAndNoOther()
    {
        (int code, string output, string error) = await RunAsync("keys", "new", "--tenant", "acme", "--scopes", "read");
        string[] lines = output.TrimEnd().Split('\n');
        string key = lines[0]["key: ".Length..];
        string[] settings = [.. lines[2..].Select(line => $"--{line.Trim().Replace("__N__", "__0__", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal)}")];
        await using TestServer server = new() { Settings = settings };
        await server.InitializeAsync();

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("--Parti:Http:ApiKeys:0:Tenant=acme", settings);
        Assert.DoesNotContain(lines[1..], line => line.Contains(key, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, HttpMethod.Get, key));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(server, HttpMethod.Post, key));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, HttpMethod.Get, key[..^1]));
    }

    [Fact]
    public async Task New_Twice_GivesTwoKeys() =>
        Assert.NotEqual((await RunAsync("keys", "new")).Output, (await RunAsync("keys", "new")).Output);

    [Theory]
    [InlineData("--tenant", "Acme Inc")]
    [InlineData("--scopes", "everything")]
    [InlineData("--scopes", "")]
    public async Task New_BadOption_NamesItInOneLine(string option, string value)
    {
        (int code, string output, string error) = await RunAsync("keys", "new", option, value);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(option, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestServer server, HttpMethod method, string key)
    {
        using HttpRequestMessage request = new(method, "/api/jobs") { Headers = { Authorization = new("Bearer", key) } };
        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CliApplication.RunAsync(arguments, new CliContext(output, error), Token);
        return (code, output.ToString(), error.ToString());
    }
}
