using Parti.Cli;

namespace Parti.EndToEnd.Tests;

/// <summary>Runs the command line in this process.</summary>
internal sealed class CommandLine : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("parti-cli-").FullName;

    public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        CliContext context = new(output, error) { StateFolder = Path.Combine(Folder, "state") };
        int code = await CliApplication.RunAsync(arguments, context, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
