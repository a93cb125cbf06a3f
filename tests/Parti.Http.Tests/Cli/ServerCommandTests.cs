using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parti.Cli;
using Parti.Grains;

namespace Parti.Http.Tests.Cli;

public sealed class ServerCommandTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_Server_WritesThePictureOfItsJob()
    {
        string folder = Path.Combine(server.Folder, "out");

        (int code, string output, string error) = await RunAsync("generate", "a red circle", "--seed", "9", "--json", "-o", folder, "--server", server.Server);

        Assert.Equal(("", 0), (error, code));
        JsonNode job = JsonNode.Parse(output)!;
        string file = (string)job["images"]![0]!["file"]!;
        Assert.Equal(await server.Http.GetByteArrayAsync((string)job["images"]![0]!["url"]!, Token), await File.ReadAllBytesAsync(file, Token));
    }

    [Fact]
    public async Task Jobs_ServerFromTheEnvironment_ListShowWatchDelete()
    {
        JsonNode job = await server.Http.MakeAsync("""{"prompt":"a listed circle"}""");
        CliEnvironment environment = new(("PARTI_SERVER", server.Server));

        (_, string list, _) = await environment.RunAsync("jobs", "list", "--state", "succeeded");
        (_, string show, _) = await environment.RunAsync("jobs", "show", job.Id());
        (_, string json, _) = await environment.RunAsync("jobs", "show", job.Id(), "--json");
        (int watched, string watch, _) = await environment.RunAsync("jobs", "watch", job.Id());
        (int again, _, string refused) = await environment.RunAsync("jobs", "retry", job.Id());
        (int deleted, _, _) = await environment.RunAsync("jobs", "delete", job.Id());
        (int gone, _, string error) = await environment.RunAsync("jobs", "show", job.Id());

        Assert.Contains($"{job.Id()}\tsucceeded", list, StringComparison.Ordinal);
        Assert.Contains($"id\t{job.Id()}{Environment.NewLine}state\tsucceeded{Environment.NewLine}prompt\ta listed circle", show, StringComparison.Ordinal);
        Assert.Equal("a listed circle", (string?)JsonNode.Parse(json)!["prompt"]);
        Assert.Contains("succeeded", watch, StringComparison.Ordinal);
        Assert.Equal([0, 1, 0, 1], [watched, again, deleted, gone]);
        Assert.Contains("only a failed or canceled job", refused, StringComparison.Ordinal);
        Assert.Contains($"There is no job {job.Id()}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_RunningJob_EndsIt()
    {
        await using TestServer standing = new();
        TaskCompletionSource halfway = new(TaskCreationOptions.RunContinuationsAsynchronously);
        standing.Engine.Halfway = () => halfway.TrySetResult();
        await standing.InitializeAsync();
        (_, JsonNode job) = await standing.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""");
        await halfway.Task.WaitAsync(Token);

        (int code, string output, _) = await RunAsync("jobs", "cancel", job.Id(), "--server", standing.Server);

        Assert.Equal((0, $"{job.Id()}\tcanceled"), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task WorkersAndModels_Server_AreListed()
    {
        await server.Http.MakeAsync("""{"prompt":"a red circle"}""");

        (int workers, string list, _) = await RunAsync("workers", "list", "--server", server.Server);
        (int models, string served, _) = await RunAsync("models", "list", "--server", server.Server);

        Assert.Equal((0, 0), (workers, models));
        Assert.StartsWith("local|cpu\tserving\t", list, StringComparison.Ordinal);
        Assert.Equal("demo\tlocal|cpu", served.TrimEnd());
    }

    [Theory]
    [InlineData("generate", "a red circle")]
    [InlineData("jobs", "list")]
    [InlineData("workers", "list")]
    [InlineData("models", "list")]
    public async Task Any_NobodyThere_Is3(params string[] arguments)
    {
        (int code, _, string error) = await RunAsync([.. arguments, "--server", "http://127.0.0.1:1"]);

        Assert.Equal(3, code);
        Assert.Contains("No server answers at http://127.0.0.1:1/", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_FullQueue_Is4()
    {
        await using TestServer full = new() { Configure = builder => builder.Services.Configure<PartiGrainsOptions>(grains => grains.QueueCapacity = 1) };
        await full.InitializeAsync();
        await full.Http.MakeAsync("""{"prompt":"a first one, so that the pool is known"}""");
        (HttpStatusCode paused, _) = await full.Http.SendAsync(HttpMethod.Post, "/api/pools/demo/sample/pause");
        Assert.Equal(HttpStatusCode.OK, paused);
        while ((await full.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a red circle"}""")).Status != HttpStatusCode.TooManyRequests)
        {
            // Nothing leaves the queue any more.
        }

        (int code, _, string error) = await RunAsync("generate", "a red circle", "-o", Path.Combine(server.Folder, "out"), "--server", full.Server);

        Assert.Equal(4, code);
        Assert.Contains("try again in", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--server is \"nonsense\"", "jobs", "list", "--server", "nonsense")]
    [InlineData("--server is missing", "workers", "list")]
    [InlineData("--model-path", "generate", "x", "--model-path", "somewhere", "--server", "http://127.0.0.1:1")]
    public async Task Any_WrongArguments_Is2(string says, params string[] arguments)
    {
        (int code, _, string error) = await RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => new CliEnvironment().RunAsync(arguments);

    private sealed class CliEnvironment(params (string Name, string Value)[] variables)
    {
        public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
        {
            using StringWriter output = new();
            using StringWriter error = new();
            CliContext context = new(output, error) { Environment = name => variables.FirstOrDefault(variable => variable.Name == name).Value };
            int code = await CliApplication.RunAsync(arguments, context, Token);
            return (code, output.ToString(), error.ToString());
        }
    }
}
