using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Parti.Abstractions;
using Parti.Cli.Generating;
using Parti.Models.Checkpoints;
using Parti.Silo;

namespace Parti.Cli.Commands;

/// <summary><c>parti generate</c>.</summary>
internal sealed class GenerateCommand
{
    private readonly Argument<string[]> _prompts = new("prompt") { Description = "What to draw; several prompts are several jobs.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _file = new("--prompts") { Description = "File of prompts: one a line, or PartiPrompts' TSV.", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Picture file, or folder for all pictures. Default: the current folder.", HelpName = "FILE|DIR" };
    private readonly Option<string?> _model = new("--model", "-m") { Description = "Name of the model. Default: the only one, or demo." };
    private readonly Option<int?> _n = CommonOptions.Number("--n", "Pictures per prompt. Default 1.", 1, 64);
    private readonly Option<int?> _bestOf = CommonOptions.Number("--best-of", "Candidates per prompt, of which the best -n are kept. Default: no choice.", 1, 64);
    private readonly Option<ulong?> _seed = CommonOptions.Number("--seed", "Seed; the same seed gives the same pictures. Default: drawn, and printed.", 0UL, ulong.MaxValue);
    private readonly Option<double?> _guidance = CommonOptions.Number("--guidance", "Guidance scale; 1 means none. Default: the model's.", 0d, 50d);
    private readonly Option<double?> _temperature = CommonOptions.Number("--temperature", "Temperature; 0 takes the likeliest token. Default: the model's.", 0d, 10d);
    private readonly Option<int?> _topK = CommonOptions.Number("--top-k", "Candidates kept per token; 0 keeps all. Default: the model's.", 0, int.MaxValue);
    private readonly Option<double?> _topP = CommonOptions.Number("--top-p", "Probability mass kept per token. Default: the model's.", 0d, 1d, aboveLeast: true);
    private readonly Option<string?> _negative = new("--negative") { Description = "What the picture should not show.", HelpName = "TEXT" };
    private readonly Option<string?> _size = CommonOptions.Choice("--size", "Edge in pixels. Default: 256 where the model can.", "256", "512", "1024", "native");
    private readonly Option<string?> _format = CommonOptions.Choice("--format", "File format. Default: the ending of --output, or png.", "png", "jpeg", "webp");
    private readonly Option<bool> _preview = new("--preview") { Description = "Write the unfinished pictures too while they are made." };
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string[]> _paths = CommonOptions.ModelPath();
    private readonly ServerOptions _server = new();
    private readonly CliContext _context;

    private GenerateCommand(CliContext context) => _context = context;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        GenerateCommand options = new(context);
        options._n.Aliases.Add("-n");
        Command command = new("generate", "Make pictures from prompts.\n\nExamples:\n  parti generate \"a red circle to the left of a blue square\"\n  parti generate \"a green triangle\" -n 4 --seed 7 -o pictures/\n  parti generate \"two blue stars\" --best-of 8\n  parti generate --prompts prompts.tsv --json\n  parti generate \"a blue star\" --server http://127.0.0.1:8080")
        {
            options._prompts, options._file, options._output, options._model, options._n, options._bestOf, options._seed, options._guidance, options._temperature,
            options._topK, options._topP, options._negative, options._size, options._format, options._preview, options._json, options._paths,
        };
        options._server.AddTo(command).SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        GenerationRequest[] requests = [.. Prompts(parsed).Select(prompt => Request(parsed, prompt))];
        foreach (GenerationRequest request in requests)
        {
            if (GenerationRequestValidator.Validate(request, new()) is { Count: > 0 } problems)
            {
                throw new UsageException(problems[0].Message);
            }
        }

        PictureFiles files = new(parsed.GetValue(_output), requests.Sum(request => request.N));
        string[] paths = parsed.GetValue(_paths)!;

        // A server knows its own models.
        ModelManifest? model = _server.Read(parsed, _context.Environment) is null ? Model(parsed.GetValue(_model), paths, requests[0].Size) : null;
        await using ClusterConnection cluster = await _context.ConnectAsync(_server, parsed, true, paths, cancellationToken);
        GenerateRun run = new(_context, cluster.Client, files, parsed.GetValue(_json), parsed.GetValue(_preview), model?.Architecture.Transformer.MaxTextTokens);
        return await run.RunAsync([.. requests.Select(request => request with { Model = model?.Name ?? parsed.GetValue(_model) })], cancellationToken);
    }

    private List<string> Prompts(ParseResult parsed)
    {
        List<string> prompts = [.. parsed.GetValue(_prompts) ?? []];
        int afterDashes = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        if (prompts.SkipLast(afterDashes).FirstOrDefault(prompt => prompt.StartsWith('-')) is { } stray)
        {
            throw new UsageException($"{stray} is no option of parti generate; put -- before a prompt that begins with a dash.");
        }

        if (parsed.GetValue(_file) is { } file)
        {
            prompts.AddRange(PromptFile.Read(file));
        }

        return prompts.Count > 0 ? prompts : throw new UsageException("prompt is missing; say what to draw, for example parti generate \"a red circle\".");
    }

    private GenerationRequest Request(ParseResult parsed, string prompt) => new()
    {
        Prompt = prompt,
        N = parsed.GetValue(_n) ?? 1,
        BestOf = parsed.GetValue(_bestOf),
        Seed = parsed.GetValue(_seed),
        GuidanceScale = parsed.GetValue(_guidance),
        Temperature = parsed.GetValue(_temperature),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        NegativePrompt = parsed.GetValue(_negative),
        Size = parsed.GetValue(_size),
        OutputFormat = Format(parsed),
    };

    private OutputFormat Format(ParseResult parsed)
    {
        if (parsed.GetValue(_format) is { } name)
        {
            return Enum.Parse<OutputFormat>(name, ignoreCase: true);
        }

        string ending = parsed.GetValue(_output) is { } output && PictureFiles.IsFile(output) ? Path.GetExtension(output).ToLowerInvariant() : ".png";
        return ending switch { ".jpg" or ".jpeg" => OutputFormat.Jpeg, ".webp" => OutputFormat.Webp, _ => OutputFormat.Png };
    }

    /// <summary>The model of the requests; also checks the size, before anything is started.</summary>
    private static ModelManifest Model(string? name, IReadOnlyList<string> paths, string? size)
    {
        ModelCatalog catalog = ModelCatalog.Find(ModelFolders.Search(paths));
        if (catalog.Models.Count == 0 && catalog.Broken.Count == 0)
        {
            throw new CommandFailedException($"There is no model under {string.Join(", ", ModelFolders.Search(paths))}; name a folder of model directories with --model-path.");
        }

        if (name is not null && catalog.Models.Count > 0 && catalog.Models.All(model => model.Manifest.Name != name))
        {
            throw new UsageException($"--model is \"{name}\", allowed is one of {string.Join(", ", catalog.Models.Select(model => model.Manifest.Name))}.");
        }

        ModelManifest chosen = catalog.Resolve(name).Manifest;
        int native = chosen.Architecture.ImageTokenizer.ImageSize;
        int[] sizes = chosen.Architecture.Upsampler is { } upsampler ? [native, native * upsampler.Factor] : [native];
        if (size is not (null or GenerationRequestValidator.NativeSize) && !sizes.Contains(int.Parse(size, CultureInfo.InvariantCulture)))
        {
            throw new UsageException($"--size is {size}, model {chosen.Name} delivers {string.Join(", ", sizes)}; choose one of them or native.");
        }

        return chosen;
    }
}
