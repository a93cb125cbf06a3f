using Parti.Cli;

namespace Parti.EndToEnd.Tests;

/// <summary>Runs the command line in this process, over a folder that goes with the test.</summary>
internal sealed class CommandLine : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("parti-cli-").FullName;

    public string Models => Path.Combine(Folder, "models");

    public string State => Path.Combine(Folder, "state");

    public ScriptedEngine Engine { get; } = new();

    /// <summary>Thrown where the engine would start; null to start it.</summary>
    public Exception? StartFailure { get; set; }

    public Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunUntilAsync(TestContext.Current.CancellationToken, arguments);

    public async Task<(int Code, string Output, string Error)> RunUntilAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        CliContext context = new(output, error) { StateFolder = State, OpenEngine = (options, _) => StartFailure is null ? Engine.Open(options) : throw StartFailure };
        int code = await CliApplication.RunAsync(arguments, context, cancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs <c>generate</c> with a model, pictures in <c>out</c>.</summary>
    public Task<(int Code, string Output, string Error)> GenerateAsync(params string[] arguments) =>
        GenerateUntilAsync(TestContext.Current.CancellationToken, arguments);

    public Task<(int Code, string Output, string Error)> GenerateUntilAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        if (!Directory.Exists(Models))
        {
            ModelSample.Create(Path.Combine(Models, ScriptedEngine.Model));
        }

        return RunUntilAsync(cancellationToken, ["generate", "--model-path", Models, "-o", Path.Combine(Folder, "out"), .. arguments]);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
