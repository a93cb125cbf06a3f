using System.CommandLine;
using Parti.Abstractions;
using Parti.Silo.Http.Security;

namespace Parti.Cli.Commands;

/// <summary><c>parti keys</c>: keys of the HTTP interface.</summary>
internal static class KeysCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Command command = new("keys", "API keys of a server.");
        command.Subcommands.Add(New(context));
        return command;
    }

    private static Command New(CliContext context)
    {
        Option<string> tenant = new("--tenant") { Description = "Whose jobs the key sees and makes; lower-case letters, digits and dashes.", DefaultValueFactory = _ => JobKey.DefaultTenant };
        Option<string> scopes = new("--scopes") { Description = "What it may do: submit, read, admin; separated by commas.", DefaultValueFactory = _ => "submit,read" };
        tenant.Validators.Add(result =>
        {
            if (!JobKey.IsValidPart(result.GetValueOrDefault<string>()))
            {
                result.AddError("--tenant allows 1 to 64 lower-case letters, digits and dashes.");
            }
        });
        scopes.Validators.Add(result =>
        {
            if (!ApiKey.AreScopes(result.GetValueOrDefault<string>()))
            {
                result.AddError("--scopes allows any of submit, read, admin, separated by commas.");
            }
        });
        Command command = new("new", "Make a key. It is shown once; the server is given its hash.\n\nExample:\n  parti keys new --tenant acme --scopes submit,read") { tenant, scopes };
        command.SetAction(parsed =>
        {
            string key = ApiKey.New();
            context.Output.WriteLine($"key: {key}");
            context.Output.WriteLine("Settings of the server (N counts its keys from 0):");
            context.Output.WriteLine($"  Parti__Http__ApiKeys__N__Sha256={ApiKey.Hash(key)}");
            context.Output.WriteLine($"  Parti__Http__ApiKeys__N__Tenant={parsed.GetValue(tenant)}");
            context.Output.WriteLine($"  Parti__Http__ApiKeys__N__Scopes={parsed.GetValue(scopes)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
